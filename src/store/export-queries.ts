import { zstdDecompressSync } from 'node:zlib'
import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Signal } from '../model/request.ts'
import type { Run } from '../model/run.ts'
import type { Step } from '../model/step.ts'
import { findRun } from './run-queries.ts'
import { findStep, listArtifacts } from './step-queries.ts'

/** Which runs leave: these, or those that began in a time, of an agent, in a status. */
export type ExportScope = {
  readonly runs?: readonly string[] | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly agent?: string | undefined
  readonly status?: string | undefined
}

const runsWhere = `(?::uuid[] is null or r.id = any(?::uuid[])) and (?::timestamptz is null or r.created_at >= ?::timestamptz)
  and (?::timestamptz is null or r.created_at < ?::timestamptz) and (?::text is null or r.agent_id = ?) and (?::text is null or r.status = ?)`

const runsValues = ({ runs, from, to, agent, status }: ExportScope): Knex.Value[] => {
  const ids = runs === undefined ? null : [...runs]
  const [start, end] = [from ?? null, to ?? null]
  // Twice each: Postgres has no names for bound values.
  return [ids, ids, start, start, end, end, agent ?? null, agent ?? null, status ?? null, status ?? null]
}

export const countRuns = async (db: Knex, scope: ExportScope): Promise<number> => {
  const { rows } = await db.raw<{ rows: { n: number }[] }>(
    `select count(*)::int as n from obs_runs as r where ${runsWhere}`,
    runsValues(scope),
  )
  return rows[0]?.n ?? 0
}

/** Ids of runs behind `after`, in the order of ids, which new runs do not change. */
export const exportRunIds = async (db: Knex, scope: ExportScope, after: string | undefined, limit: number): Promise<readonly string[]> => {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select r.id from obs_runs as r where ${runsWhere} and (?::uuid is null or r.id > ?::uuid) order by r.id limit ?`,
    [...runsValues(scope), after ?? null, after ?? null, limit],
  )
  return rows.map(row => row.id)
}

/** A run, whole; undefined where it has gone meanwhile. */
export const exportRun = async (db: Knex, id: string): Promise<Run | undefined> => {
  const found = await findRun(db, id, 'whole')
  return found.kind === 'run' ? found.run : undefined
}

const stepsAPage = 100

/** The steps of a run in their order, each whole, one at a time. */
export async function* exportSteps(db: Knex, run: string): AsyncGenerator<Step> {
  for (let after = -1; ; ) {
    const { rows } = await db.raw<{ rows: { id: string; sequence: number }[] }>(
      'select s.id, s.sequence from obs_steps as s where s.run_id = ? and s.sequence > ? order by s.sequence limit ?',
      [run, after, stepsAPage],
    )
    const steps = await Promise.all(rows.map(row => findStep(db, run, row.id)))
    for (const step of steps) if (step !== undefined) yield step
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.sequence
  }
}

const artifactsAPage = 500

export const exportArtifacts = async (db: Knex, run: string): Promise<readonly Artifact[]> => {
  const artifacts: Artifact[] = []
  for (let after: string | undefined | null; after !== null; ) {
    const page: Awaited<ReturnType<typeof listArtifacts>> = await listArtifacts(db, run, after, artifactsAPage)
    artifacts.push(...page.items)
    after = page.next
  }
  return artifacts
}

/** A part of the journal, unpacked: a `TracesData` or `LogsData` message of one group. */
export type JournalPart = {
  readonly group: string
  readonly day: string
  readonly part: string
  readonly signal: Signal
  readonly payload: Buffer
}
export type JournalPlace = Pick<JournalPart, 'group' | 'day' | 'part'>

const journalSql = (where: string): string => `
  select j.group_id as "group", j.day::text as day, j.part::text as part, j.signal, j.encoding, j.payload from obs_journal as j
  where ${where} and (?::uuid is null or (j.group_id, j.day, j.part) > (?::uuid, ?::date, ?::bigint))
  order by j.group_id, j.day, j.part limit ?`

const groupsOfRuns = `j.group_id in (
  select g.group_id from obs_groups as g join obs_runs as r on r.cluster_id = g.cluster_id where ${runsWhere}
  union select l.group_id from obs_group_links as l join obs_runs as r on r.id = l.link where not l.closed and ${runsWhere})`

const isEverything = (scope: ExportScope): boolean => Object.values(scope).every(value => value === undefined)

const partsAPage = 20

/** The journal of these runs behind `after`, each part once, a few at a time; of everything, also what is no run. */
export async function* exportJournal(db: Knex, scope: ExportScope, after: JournalPlace | undefined): AsyncGenerator<JournalPart> {
  const where = isEverything(scope)
    ? { sql: 'true', values: [] }
    : { sql: groupsOfRuns, values: [...runsValues(scope), ...runsValues(scope)] }
  for (let place = after; ; ) {
    const from = [place?.group ?? null, place?.group ?? null, place?.day ?? null, place?.part ?? null]
    const { rows } = await db.raw<{ rows: (JournalPart & { readonly encoding: string })[] }>(journalSql(where.sql), [
      ...where.values,
      ...from,
      partsAPage,
    ])
    for (const { encoding, payload, ...part } of rows)
      yield { ...part, payload: encoding === 'zstd' ? zstdDecompressSync(payload) : payload }
    const last = rows.at(-1)
    if (last === undefined) return
    place = { group: last.group, day: last.day, part: last.part }
  }
}
