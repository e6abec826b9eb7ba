import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Step } from '../model/step.ts'

const columns = `s.id, s.run_id, s.sequence, s.type, s.content, s.timestamp, s.timestamp_unix_nano::text as timestamp_unix_nano, s.latency_ms, s.emitted_sequence,
  s.trace_id, s.span_id, s.parent_step_id, s.agent, s.attributes, s.revision::float8 as revision`

type StepRecord = Omit<Step, 'timestamp'> & { readonly timestamp: Date }

const stepFrom = (row: StepRecord): Step => ({ ...row, timestamp: row.timestamp.toISOString() })

/** Steps of a run behind `after`, in their order; by the unique (run_id, sequence). */
export const listSteps = async (db: Knex, run: string, after: number, limit: number): Promise<readonly Step[]> => {
  const { rows } = await db.raw<{ rows: StepRecord[] }>(
    `select ${columns} from obs_steps as s where s.run_id = ? and s.sequence > ? order by s.sequence limit ?`,
    [run, after, limit],
  )
  return rows.map(stepFrom)
}

export const findStep = async (db: Knex, run: string, id: string): Promise<Step | undefined> => {
  const { rows } = await db.raw<{ rows: StepRecord[] }>(`select ${columns} from obs_steps as s where s.run_id = ? and s.id = ?`, [run, id])
  return rows[0] && stepFrom(rows[0])
}

/** Artifacts of a run behind the id `after`, in the order of their ids. */
export const listArtifacts = async (db: Knex, run: string, after: string | undefined, limit: number): Promise<readonly Artifact[]> => {
  const { rows } = await db.raw<{ rows: Artifact[] }>(
    `select a.id, a.step_id, a.run_id, a.role, a.path, a.mime_type, a.size_bytes::float8 as size_bytes, a.sha256
     from obs_artifacts as a where a.run_id = ? and (?::uuid is null or a.id > ?::uuid) order by a.id limit ?`,
    [run, after ?? null, after ?? null, limit],
  )
  return rows
}
