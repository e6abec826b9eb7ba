import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Changes, ChangesAsk, ChangesPlace, RunEvent } from '../model/event.ts'
import { maxInlineBytes, maxPageBytes, pageBytesSql, previewCharacters } from './preview-sql.ts'
import { findRun } from './run-queries.ts'
import { artifactColumns } from './step-queries.ts'

/** Rows of each kind in one part. */
export const maxPageRows = 500

/** One part of what changed in a run, bounded in rows and bytes, out of one snapshot that ends with the call. */
export const readChanges = (db: Knex, run: string, ask: ChangesAsk, pageRows = maxPageRows): Promise<Changes> =>
  db.transaction(
    async trx => {
      const found = await findRun(trx, run, 'inline')
      if (found.kind !== 'run') return found
      const events: RunEvent[] = []
      const page = { trx, run, ask, rows: pageRows, add: (event: RunEvent) => void events.push(event) }
      const next = await readFrom(page, ask.from)
      const hasOlder = await holdsOlder(trx, run, ask.seen)
      return { kind: 'run', revision: found.run.revision, run: JSON.stringify(found.run), hasOlder, events, next }
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )

/** The same without its rows, for who wants the run alone. */
export const readRun = async (db: Knex, run: string): Promise<Changes> => {
  const found = await findRun(db, run, 'inline')
  if (found.kind !== 'run') return found
  return { kind: 'run', revision: found.run.revision, run: JSON.stringify(found.run), hasOlder: true, events: [] }
}

type Page = {
  readonly trx: Knex
  readonly run: string
  readonly ask: ChangesAsk
  readonly rows: number
  readonly add: (event: RunEvent) => void
}

/** Adds the rows from `from` on, one kind after the other, until a kind has more than fits. */
const readFrom = async (page: Page, from: ChangesPlace | undefined): Promise<ChangesPlace | undefined> => {
  const kind = from?.kind ?? 'removed'
  if (kind === 'removed') {
    const next = await readRemoved(page, from?.kind === 'removed' ? from.after : ['', nil])
    if (next !== undefined) return { kind: 'removed', after: next }
  }
  if (kind !== 'artifacts') {
    const next = await readSteps(page, from?.kind === 'steps' ? from.after : -1)
    if (next !== undefined) return { kind: 'steps', after: next }
  }
  const next = await readArtifacts(page, from?.kind === 'artifacts' ? from.after : undefined)
  return next === undefined ? undefined : { kind: 'artifacts', after: next }
}

const nil = '00000000-0000-0000-0000-000000000000'

const readRemoved = async ({ trx, run, ask, rows, add }: Page, after: readonly [string, string]): Promise<[string, string] | undefined> => {
  // Who holds nothing has nothing to take away.
  if (ask.since === 0) return undefined
  const found = await trx.raw<{ rows: { kind: string; id: string }[] }>(
    `select o.kind, o.id from obs_removed as o where o.run_id = ? and o.revision > ? and (o.kind, o.id) > (?, ?::uuid) order by o.kind, o.id limit ?`,
    [run, ask.since, ...after, rows],
  )
  for (const { kind, id } of found.rows)
    add(
      kind === 'step'
        ? { event: 'step.removed', data: JSON.stringify({ run_id: run, step_id: id }) }
        : { event: 'artifact.removed', data: JSON.stringify({ run_id: run, artifact_id: id }) },
    )
  const last = found.rows.at(-1)
  return last === undefined || found.rows.length < rows ? undefined : [last.kind, last.id]
}

type StepRecord = {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly timestamp: Date
  readonly added: number
  readonly changed: number
  readonly bytes: number | null
  /** JSON as text: whole, or the beginning of what is large; null where the reader has it. */
  readonly body: string | null
  readonly more: boolean
}

const keysSql = `select s.id, s.sequence, s.changed, ${pageBytesSql('s.content')} as stored from obs_steps as s where s.run_id = ? and s.revision > ?`

// The page is cut by its bytes before any content is read; `offset 0` keeps the text from being made three times.
const pageSql = `
  page as materialized (
    select k.id, sum(case when k.changed > ? then k.stored else 0 end) over (order by k.sequence) as stored,
      row_number() over (order by k.sequence) as nth, count(*) over () as found
    from keys as k
  )
  select s.id, s.sequence, s.type, s.timestamp, s.added::float8 as added, s.changed::float8 as changed, octet_length(c.body) as bytes,
    case when octet_length(c.body) > ${maxInlineBytes} then left(c.body, ${previewCharacters}) else c.body end as body,
    p.found >= ? or p.found > count(*) over () as more
  from page as p join obs_steps as s on s.run_id = ? and s.id = p.id
    cross join lateral (select case when s.changed > ? then s.content::text end as body offset 0) as c
  where p.nth = 1 or p.stored <= ${maxPageBytes}
  order by s.sequence`

// A whole run is read along its sequence; a few changed rows of a large one by their revision, or every wake would walk the run.
const wholeSql = `
  with keys as materialized (${keysSql} and s.sequence > ? order by s.sequence limit ?), ${pageSql}`
const changedSql = `
  with changed as materialized (${keysSql}),
  keys as materialized (select c.id, c.sequence, c.changed, c.stored from changed as c where c.sequence > ? order by c.sequence limit ?), ${pageSql}`

const readSteps = async ({ trx, run, ask, rows, add }: Page, after: number): Promise<number | undefined> => {
  const { known, since } = ask
  const sql = since === 0 ? wholeSql : changedSql
  const found = await trx.raw<{ rows: StepRecord[] }>(sql, [run, since, after, rows, known, rows, run, known])
  for (const row of found.rows) add(stepEvent(run, row, known))
  const last = found.rows.at(-1)
  return last?.more === true ? last.sequence : undefined
}

// Which event a row is follows from what its reader knows.
const stepEvent = (run: string, row: StepRecord, known: number): RunEvent => {
  const { id, sequence, type, timestamp, bytes, body } = row
  if (body === null || bytes === null) return { event: 'step.moved', data: JSON.stringify({ run_id: run, step_id: id, sequence }) }
  const head = JSON.stringify({ run_id: run, step_id: id, sequence, type, timestamp: timestamp.toISOString() })
  const data = bytes > maxInlineBytes ? JSON.stringify({ preview: body, bytes, href: `/api/runs/${run}/steps/${id}` }) : body
  return { event: row.added > known ? 'step.added' : 'step.updated', data: `${head.slice(0, -1)},"data":${data}}` }
}

const readArtifacts = async ({ trx, run, ask, rows, add }: Page, after: string | undefined): Promise<string | undefined> => {
  const found = await trx.raw<{ rows: Artifact[] }>(
    `select ${artifactColumns} from obs_artifacts as a
     where a.run_id = ? and a.revision > ? and (?::uuid is null or a.id > ?::uuid) order by a.id limit ?`,
    [run, ask.since, after ?? null, after ?? null, rows],
  )
  for (const row of found.rows) add({ event: 'artifact.added', data: JSON.stringify(row) })
  return found.rows.length < rows ? undefined : found.rows.at(-1)?.id
}

const holdsOlder = async (trx: Knex, run: string, seen: number): Promise<boolean> => {
  const { rows } = await trx.raw<{ rows: { older: boolean }[] }>(
    'select exists (select from obs_steps as s where s.run_id = ? and s.added <= ?) as older',
    [run, seen],
  )
  return rows[0]?.older === true
}
