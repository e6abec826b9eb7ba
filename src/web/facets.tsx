import type { RunFacets } from '../model/api/run-item.ts'
import { line } from './format.ts'
import { choose, chosen } from './run-query.ts'
import { useAnswer } from './use-answer.ts'

type Props = { readonly query: string; readonly onQuery: (query: string) => void }

const groups = ['status', 'agent', 'model', 'tool'] as const
const shownValues = 12

/** What the runs are, by value, as boxes that edit the query. */
export const Facets = ({ query, onQuery }: Props) => {
  const { value, loading } = useAnswer<RunFacets>(`/api/facets${query === '' ? '' : `?${new URLSearchParams({ q: query })}`}`, 10_000)
  return (
    <aside className={loading ? 'facets dim' : 'facets'} aria-label="Filters">
      {groups.map(field => (
        <Group key={field} field={field} values={value?.[field] ?? []} query={query} onQuery={onQuery} />
      ))}
      {value?.capped && <p className="note">Counted over the newest {value.of.toLocaleString('en')} runs.</p>}
    </aside>
  )
}

type GroupProps = Props & { readonly field: string; readonly values: readonly { readonly value: string; readonly runs: number }[] }

const Group = ({ field, values, query, onQuery }: GroupProps) => {
  const on = chosen(query, field)
  const all = [...values, ...on.filter(it => !values.some(other => other.value === it)).map(value => ({ value, runs: 0 }))]
  if (all.length === 0) return null
  const toggle = (value: string): void => {
    const several = field === 'status' ? on.filter(it => it !== value) : []
    onQuery(choose(query, { field, values: on.includes(value) ? several : [...several, value] }))
  }
  return (
    <fieldset>
      <legend>{field}</legend>
      {all.slice(0, shownValues).map(({ value, runs }) => (
        <label key={value}>
          <input type="checkbox" checked={on.includes(value)} onChange={() => toggle(value)} />
          <span className="facet-value" title={value}>
            {line(value)}
          </span>
          <span className="num">{runs}</span>
        </label>
      ))}
    </fieldset>
  )
}
