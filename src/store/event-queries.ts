import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Step } from '../model/step.ts'
import { findRun } from './run-queries.ts'

export type EventName =
  | 'step.added'
  | 'step.updated'
  | 'step.moved'
  | 'step.removed'
  | 'run.updated'
  | 'run.moved'
  | 'run.removed'
  | 'artifact.added'
  | 'artifact.removed'
  | 'reset'

/** One frame of a stream. `id` stands on the last frame of a revision alone: a cut before it repeats the revision whole. */
export type Frame = { readonly event: EventName; readonly data: unknown; readonly id?: number }

export type Drained = { readonly revision: number; readonly ends: boolean }

type StepRow = Pick<Step, 'id' | 'run_id' | 'sequence' | 'type' | 'content'> & {
  readonly timestamp: Date
  readonly added: number
  readonly changed: number
  readonly bytes: number
}

const stepsAPage = 200
/** Larger contents come as a preview with a link. */
const maxDataBytes = 64 * 1024
const previewCharacters = 400

/**
 * Hands `write` everything that changed in a run after `cursor`, up to its present revision, in an order in which each event can
 * be applied as it comes. One snapshot: what is committed meanwhile comes with the next call. Returns where the reader is then.
 */
export const drainRun = (db: Knex, run: string, cursor: number, write: (frame: Frame) => Promise<void>): Promise<Drained | undefined> =>
  db.transaction(
    async trx => {
      const found = await findRun(trx, run)
      if (found.kind === 'unknown') return undefined
      if (found.kind !== 'run') {
        const frame =
          found.kind === 'moved'
            ? { event: 'run.moved' as const, data: { run_id: run, moved_to: found.to } }
            : { event: 'run.removed' as const, data: { run_id: run } }
        await write({ ...frame, id: found.revision })
        return { revision: found.revision, ends: true }
      }
      const { revision } = found.run
      if (revision === cursor) return { revision, ends: false }
      const from = cursor > revision ? 0 : cursor
      if (from !== cursor) await write({ event: 'reset', data: { run_id: run } })
      await removed(trx, run, from, write)
      await steps(trx, run, from, write)
      await artifacts(trx, run, from, write)
      await write({ event: 'run.updated', data: found.run, id: revision })
      return { revision, ends: false }
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )

type Write = (frame: Frame) => Promise<void>

const removed = async (trx: Knex, run: string, cursor: number, write: Write): Promise<void> => {
  // A reader that starts from nothing has nothing to take away.
  if (cursor === 0) return
  const rows = await trx('obs_removed')
    .where('run_id', run)
    .where('revision', '>', cursor)
    .orderBy(['kind', 'id'])
    .select<{ kind: string; id: string }[]>('kind', 'id')
  for (const { kind, id } of rows)
    await write(
      kind === 'step'
        ? { event: 'step.removed', data: { run_id: run, step_id: id } }
        : { event: 'artifact.removed', data: { run_id: run, artifact_id: id } },
    )
}

const stepsSql = `
  select s.id, s.run_id, s.sequence, s.type, s.timestamp, s.added::float8 as added, s.changed::float8 as changed, octet_length(s.content::text) as bytes,
    case when s.changed <= ? then null when octet_length(s.content::text) > ${maxDataBytes} then null else s.content end as content
  from obs_steps as s where s.run_id = ? and s.revision > ? and s.sequence > ? order by s.sequence limit ${stepsAPage}`

const steps = async (trx: Knex, run: string, cursor: number, write: Write): Promise<void> => {
  for (let after = -1; ; ) {
    const { rows } = await trx.raw<{ rows: StepRow[] }>(stepsSql, [cursor, run, cursor, after])
    for (const row of rows) await write(await stepFrame(trx, row, cursor))
    const last = rows.at(-1)
    if (last === undefined || rows.length < stepsAPage) return
    after = last.sequence
  }
}

const stepFrame = async (trx: Knex, row: StepRow, cursor: number): Promise<Frame> => {
  if (row.changed <= cursor) return { event: 'step.moved', data: { run_id: row.run_id, step_id: row.id, sequence: row.sequence } }
  const data = row.bytes > maxDataBytes ? await preview(trx, row) : row.content
  return {
    event: row.added > cursor ? 'step.added' : 'step.updated',
    data: { run_id: row.run_id, step_id: row.id, sequence: row.sequence, type: row.type, timestamp: row.timestamp.toISOString(), data },
  }
}

const preview = async (trx: Knex, row: StepRow): Promise<unknown> => {
  const found = await trx.raw<{ rows: { preview: string }[] }>(
    'select left(s.content::text, ?) as preview from obs_steps as s where s.run_id = ? and s.id = ?',
    [previewCharacters, row.run_id, row.id],
  )
  return { preview: found.rows[0]?.preview ?? '', bytes: row.bytes, href: `/api/runs/${row.run_id}/steps/${row.id}` }
}

const artifacts = async (trx: Knex, run: string, cursor: number, write: Write): Promise<void> => {
  const { rows } = await trx.raw<{ rows: Artifact[] }>(
    `select a.id, a.step_id, a.run_id, a.role, a.path, a.mime_type, a.size_bytes::float8 as size_bytes, a.sha256 from obs_artifacts as a
     where a.run_id = ? and a.revision > ? order by a.id`,
    [run, cursor],
  )
  for (const row of rows) await write({ event: 'artifact.added', data: row })
}
