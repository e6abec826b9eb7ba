import type { Comparison, RunCondition } from '../model/run-query.ts'

export type Bound = { readonly sql: string; readonly values: readonly (string | number | string[])[] }

/** Names are indexed by so many characters. */
export const indexedCharacters = 200

type TimeCondition = Extract<RunCondition, { kind: 'time' }>
type OtherCondition = Exclude<RunCondition, TimeCondition>

export const isTime = (condition: RunCondition): condition is TimeCondition => condition.kind === 'time'

/** Whether only runs that stand in obs_run_index can fulfil it. */
export const needsIndex = (condition: RunCondition): boolean => !isTime(condition) && !condition.not && !asksRun(condition)

/** Whether it is the run's own row that decides. */
export const asksRun = (condition: RunCondition): boolean => condition.kind === 'name' && condition.field in ownColumns

export const timeSql = (column: string, { field, value }: TimeCondition): Bound => ({
  sql: `${column} ${field === 'from' ? '>=' : '<'} ?::timestamptz`,
  values: [value],
})

/** A condition of a list of runs (`r`, with `x` for its row of obs_run_index) as SQL; values are bound, never pasted. */
export const conditionSql = (condition: OtherCondition): Bound => {
  const { sql, values } = positiveSql(condition)
  return condition.not ? { sql: `not coalesce(${sql}, false)`, values } : { sql, values }
}

const positiveSql = (condition: OtherCondition): Bound => {
  if (condition.kind === 'words') return { sql: `x.words @@ plainto_tsquery('simple', ?)`, values: [condition.words] }
  if (condition.kind === 'number')
    return { sql: `x.${numberColumns[condition.field]} ${operators[condition.is]} ?`, values: [condition.value] }
  const { field, values } = condition
  const own = ownColumns[field]
  if (own !== undefined) return any(values.map(value => own(value)))
  return any(values.map(value => ({ sql: 'x.terms @> ?::text[]', values: [[termOf(field, value)]] })))
}

const any = (bounds: readonly Bound[]): Bound => ({
  sql: bounds.length === 1 ? (bounds[0]?.sql ?? 'false') : `(${bounds.map(b => b.sql).join(' or ')})`,
  values: bounds.flatMap(b => b.values),
})

/** How a name stands among the terms of a run. */
export const termOf = (field: string, value: string): string => `${field}:${value}`.slice(0, indexedCharacters)

// The index knows the first characters; the column decides.
const named =
  (column: string) =>
  (value: string): Bound => ({
    sql: `left(${column}, ${indexedCharacters}) = left(?, ${indexedCharacters}) and ${column} = ?`,
    values: [value, value],
  })

const ownColumns: Readonly<Record<string, (value: string) => Bound>> = {
  status: value => ({ sql: 'r.status = ?', values: [value] }),
  agent: named('r.agent_id'),
  session: named('r.session_id'),
}

const numberColumns = { cost: 'cost', tokens: 'tokens', steps: 'steps', errors: 'errors', duration: 'duration_ms' } as const
const operators: Readonly<Record<Comparison, string>> = { '>': '>', '>=': '>=', '<': '<', '<=': '<=', '=': '=' }
