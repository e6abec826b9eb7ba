import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Step } from '../model/step.ts'

const columns = `s.id, s.run_id, s.sequence, s.type, s.timestamp, s.timestamp_unix_nano::text as timestamp_unix_nano, s.latency_ms, s.emitted_sequence,
  s.trace_id, s.span_id, s.parent_step_id, s.agent, s.revision::float8 as revision`

type StepRecord = Omit<Step, 'timestamp' | 'truncated'> & { readonly timestamp: Date }

const stepFrom = (row: StepRecord): Step => ({ ...row, timestamp: row.timestamp.toISOString() })

/** One step, whole. */
export const findStep = async (db: Knex, run: string, id: string): Promise<Step | undefined> => {
  const { rows } = await db.raw<{ rows: StepRecord[] }>(
    `select ${columns}, s.content, s.attributes from obs_steps as s where s.run_id = ? and s.id = ?`,
    [run, id],
  )
  return rows[0] && stepFrom(rows[0])
}

/** Columns of an artifact as the model has them. */
export const artifactColumns = 'a.id, a.step_id, a.run_id, a.role, a.path, a.mime_type, a.size_bytes::float8 as size_bytes, a.sha256'

/** Artifacts of a run behind the id `after`, in the order of their ids. */
export const listArtifacts = async (
  db: Knex,
  run: string,
  after: string | undefined,
  limit: number,
): Promise<{ readonly items: readonly Artifact[]; readonly next: string | null }> => {
  const { rows } = await db.raw<{ rows: Artifact[] }>(
    `select ${artifactColumns} from obs_artifacts as a where a.run_id = ? and (?::uuid is null or a.id > ?::uuid) order by a.id limit ?`,
    [run, after ?? null, after ?? null, limit + 1],
  )
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}
