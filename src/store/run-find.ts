import type { RunCondition } from '../model/run-query.ts'
import { asksRun, type Bound, conditionSql, isTime, needsIndex, timeSql } from './run-filter.ts'

/** Where a page of runs begins: behind this run in (created_at, id). `createdAt` has microseconds. */
export type RunCursor = { readonly createdAt: string; readonly id: string }
export type RunOrder = 'newest' | 'oldest'
export type RunsAsked = { readonly limit: number; readonly after?: RunCursor | undefined; readonly order?: RunOrder | undefined }

/** Runs that are looked at one after the other, for each that is asked for, before the filter's own indexes are. */
const walkedEach = 200
const mostWalked = 50_000
/** A walk that has found a quarter of what was asked for is tried again so many times as far. */
const wider = 4

/** A statement, to be tried where the one before it has found at least so many runs, and fewer than were asked for. */
type Find = Bound & { readonly atLeast: number }

/**
 * Statements for the `id` and `created_at` of the first runs for which all conditions hold, in their order. The last gives all
 * there are; those before it are quicker, where they find as many as were asked for.
 *
 * Postgres takes what a filter finds to be spread evenly over time and walks from the newest until a page is full, through all
 * runs where that is wrong. So a walk has an end here, and what comes behind it is none.
 */
export const findsOf = (conditions: readonly RunCondition[], asked: RunsAsked): readonly Find[] => {
  if (!conditions.some(needsIndex)) return [{ ...runsSql(conditions, asked), atLeast: 0 }]
  const own = conditions.filter(condition => asksRun(condition) && !isNegated(condition))
  const walk = (runs: number): Bound =>
    own.length === 0 ? indexWalkSql(conditions, asked, runs) : runWalkSql(conditions, own, asked, runs)
  const near = Math.min(mostWalked, walkedEach * asked.limit)
  const far = Math.min(mostWalked, wider * near)
  return [
    { ...walk(near), atLeast: 0 },
    ...(far === near ? [] : [{ ...walk(far), atLeast: asked.limit / wider }]),
    { ...byIndexSql(conditions, asked), atLeast: 0 },
  ]
}

const runsSql = (conditions: readonly RunCondition[], asked: RunsAsked): Bound =>
  joined`select r.id, r.created_at from obs_runs as r left join obs_run_index as x on x.run_id = r.id
    ${where([...withinSql('r.created_at', 'r.id', conditions, asked), ...othersSql(conditions)])} ${orderSql('r.created_at', 'r.id', asked)}`

const indexWalkSql = (conditions: readonly RunCondition[], asked: RunsAsked, runs: number): Bound =>
  joined`select x.run_id as id, x.created_at from (
      select x.* from obs_run_index as x
      ${where(withinSql('x.created_at', 'x.run_id', conditions, asked))} ${orderSql('x.created_at', 'x.run_id', { ...asked, limit: runs })}
    ) as x ${runJoin(conditions)} ${where(othersSql(conditions))} ${orderSql('x.created_at', 'x.run_id', asked)}`

/** Through the runs of an agent, a session or a status. */
const runWalkSql = (conditions: readonly RunCondition[], own: readonly RunCondition[], asked: RunsAsked, runs: number): Bound =>
  joined`select r.id, r.created_at from (
      select r.* from obs_runs as r
      ${where([...withinSql('r.created_at', 'r.id', conditions, asked), ...othersSql(own)])} ${orderSql('r.created_at', 'r.id', { ...asked, limit: runs })}
    ) as r join obs_run_index as x on x.run_id = r.id
    ${where(othersSql(conditions.filter(condition => !own.includes(condition))))} ${orderSql('r.created_at', 'r.id', asked)}`

// `offset 0`: what is found is not found in the order of an index.
const byIndexSql = (conditions: readonly RunCondition[], asked: RunsAsked): Bound =>
  joined`select f.id, f.created_at from (
      select x.run_id as id, x.created_at from obs_run_index as x ${runJoin(conditions)}
      ${where([...withinSql('x.created_at', 'x.run_id', conditions, asked), ...othersSql(conditions)])} offset 0
    ) as f ${orderSql('f.created_at', 'f.id', asked)}`

const directions = { newest: ['<', 'desc'], oldest: ['>', 'asc'] } as const

const orderSql = (time: string, id: string, { order = 'newest', limit }: RunsAsked): Bound => {
  const [, direction] = directions[order]
  return { sql: `order by ${time} ${direction}, ${id} ${direction} limit ?`, values: [limit] }
}

const withinSql = (
  time: string,
  id: string,
  conditions: readonly RunCondition[],
  { after, order = 'newest' }: RunsAsked,
): readonly Bound[] => {
  const [beyond] = directions[order]
  const times = conditions.filter(isTime).map(condition => timeSql(time, condition))
  if (after === undefined) return times
  return [...times, { sql: `(${time}, ${id}) ${beyond} (?::timestamptz, ?::uuid)`, values: [after.createdAt, after.id] }]
}

const othersSql = (conditions: readonly RunCondition[]): readonly Bound[] =>
  conditions.flatMap(condition => (isTime(condition) ? [] : conditionSql(condition)))

const isNegated = (condition: RunCondition): boolean => !isTime(condition) && condition.not

const runJoin = (conditions: readonly RunCondition[]): Bound => ({
  sql: conditions.some(asksRun) ? 'join obs_runs as r on r.id = x.run_id' : '',
  values: [],
})

const where = (bounds: readonly Bound[]): Bound => ({
  sql: bounds.length === 0 ? '' : `where ${bounds.map(b => b.sql).join(' and ')}`,
  values: bounds.flatMap(b => b.values),
})

/** Pieces of a statement, with their values in the order in which they stand. */
const joined = (texts: TemplateStringsArray, ...pieces: readonly Bound[]): Bound => ({
  sql: texts.map((text, n) => text + (pieces[n]?.sql ?? '')).join(''),
  values: pieces.flatMap(({ values }) => values),
})
