import type { StreamState } from './events.ts'
import { many } from './format.ts'
import { setQuery } from './router.ts'
import type { StepsState } from './use-steps.ts'
import { type View, views } from './view.ts'

type Props = {
  readonly view: View
  readonly state: StepsState
  readonly artifacts: number
  readonly idle: number | undefined
  readonly stream: StreamState | undefined
  readonly folded: unknown
  readonly ignored: unknown
}

const types = ['thought', 'tool_call', 'tool_result', 'plan_update', 'error'] as const

/** The tabs of a run, and what narrows its steps. */
export const StepBar = ({ view, state, artifacts, idle, stream, folded, ignored }: Props) => {
  const isList = view === 'steps' || view === 'timeline'
  return (
    <>
      <div className="bar">
        <nav className="tabs" aria-label="Views of the run">
          {views.map(it => (
            <button
              key={it}
              type="button"
              aria-current={it === view ? 'page' : undefined}
              onClick={() => setQuery({ view: it === 'steps' ? null : it })}
            >
              {it[0]?.toUpperCase()}
              {it.slice(1)}
              {it === 'artifacts' && artifacts > 0 ? ` ${artifacts}` : ''}
            </button>
          ))}
        </nav>
        {isList && <Narrowing state={state} idle={idle} />}
        {stream?.kind === 'lost' && <span className="mark">reconnecting</span>}
        {stream?.kind === 'live' && (
          <button
            type="button"
            className={state.follows ? 'live on' : 'live'}
            aria-pressed={state.follows}
            onClick={() => state.setFollows(!state.follows)}
          >
            <span className="pulse" aria-hidden="true" /> {state.follows ? 'Following' : 'Live'}
          </button>
        )}
      </div>
      {isList && <Folded folded={folded} ignored={ignored} state={state} />}
    </>
  )
}

const Narrowing = ({ state, idle }: Pick<Props, 'state' | 'idle'>) => (
  <>
    <input
      id="filter"
      type="search"
      placeholder="filter steps"
      aria-label="Filter steps"
      value={state.filter}
      onInput={event => setQuery({ q: event.currentTarget.value })}
    />
    <fieldset className="kinds">
      <legend className="unseen">Types</legend>
      {types.map(type => (
        <label key={type}>
          <input
            type="checkbox"
            checked={state.kinds.includes(type)}
            onChange={() => setQuery({ kinds: toggledList(state.kinds, type).join(',') })}
          />
          {type.replace('_', ' ')}
        </label>
      ))}
    </fieldset>
    {(state.filter !== '' || state.kinds.length > 0) && <span className="note">{many(state.rows.length, 'row')}</span>}
    {idle !== undefined && (
      <label className="note">
        <input type="checkbox" checked={state.compress} onChange={() => state.setCompress(!state.compress)} /> {Math.round(idle * 100)} %
        idle: compress
      </label>
    )}
  </>
)

const toggledList = (list: readonly string[], one: string): readonly string[] =>
  list.includes(one) ? list.filter(it => it !== one) : [...list, one]

const Folded = ({ folded, ignored, state }: { readonly folded: unknown; readonly ignored: unknown; readonly state: StepsState }) => {
  const reasons = [...countsOf(folded), ...countsOf(ignored).map(([name, n]) => [`not believed: ${name}`, n] as const)]
  const total = countsOf(folded).reduce((sum, [, n]) => sum + n, 0)
  if (reasons.length === 0) return null
  return (
    <p className="folded">
      <button type="button" className="quiet" aria-expanded={state.showsFolded} onClick={() => state.setShowsFolded(!state.showsFolded)}>
        {state.showsFolded ? '▾' : '▸'} {total > 0 ? `${many(total, 'span')} made no step` : 'some values were not believed'}
      </button>
      {state.showsFolded && reasons.map(([name, n]) => ` ${name.replaceAll('_', ' ')}: ${n}`).join(' ·')}
    </p>
  )
}

const countsOf = (counts: unknown): readonly (readonly [string, number])[] =>
  typeof counts === 'object' && counts !== null
    ? Object.entries(counts).flatMap(([name, n]) => (typeof n === 'number' ? [[name, n] as const] : []))
    : []
