import type { Knex } from 'knex'
import type { Artifact } from '../model/artifact.ts'
import type { Step } from '../model/step.ts'
import { inlineSql, isLargeSql, pageBytesSql } from './preview-sql.ts'

const columns = `s.id, s.run_id, s.sequence, s.type, s.timestamp, s.timestamp_unix_nano::text as timestamp_unix_nano, s.latency_ms, s.emitted_sequence,
  s.trace_id, s.span_id, s.parent_step_id, s.agent, s.revision::float8 as revision`

const href = "'/api/runs/' || s.run_id || '/steps/' || s.id"

type StepRecord = Omit<Step, 'timestamp' | 'truncated'> & { readonly timestamp: Date }
type ListedRecord = StepRecord & { readonly large: boolean }

const stepFrom = (row: StepRecord): Step => ({ ...row, timestamp: row.timestamp.toISOString() })

const maxListBytes = 8 * 1024 * 1024

// The page is cut by its bytes before any content is read.
const listSql = `
  with page as materialized (
    select k.id, sum(k.stored) over (order by k.sequence) as stored, row_number() over (order by k.sequence) as nth from (
      select s.id, s.sequence, ${pageBytesSql('s.content')} + ${pageBytesSql('s.attributes')} as stored
      from obs_steps as s where s.run_id = ? and s.sequence > ? order by s.sequence limit ?
    ) as k
  )
  select ${columns}, ${inlineSql('s.content', href)} as content, ${inlineSql('s.attributes', href)} as attributes, ${isLargeSql('s.content')} as large
  from page as p join obs_steps as s on s.run_id = ? and s.id = p.id
  where p.nth = 1 or p.stored <= ${maxListBytes}
  order by s.sequence`

/** Steps of a run behind `after`, in their order, as many as fit below `limit` and a bound of bytes. Large contents are previews. */
export const listSteps = async (
  db: Knex,
  run: string,
  after: number,
  limit: number,
): Promise<{ readonly items: readonly Step[]; readonly next: number | null }> => {
  const { rows } = await db.raw<{ rows: ListedRecord[] }>(listSql, [run, after, limit, run])
  const items = rows.map(({ large, ...row }) => ({ ...stepFrom(row), ...(large ? { truncated: true as const } : {}) }))
  const last = items.at(-1)?.sequence
  if (last === undefined) return { items, next: null }
  const more = await db.raw<{ rows: { more: boolean }[] }>(
    'select exists (select from obs_steps as s where s.run_id = ? and s.sequence > ?) as more',
    [run, last],
  )
  return { items, next: more.rows[0]?.more === true ? last : null }
}

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
