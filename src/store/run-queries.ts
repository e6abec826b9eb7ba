import type { Knex } from 'knex'
import type { Run, RunStatus } from '../model/run.ts'

export type RunFilter = {
  readonly status?: RunStatus | undefined
  readonly agent?: string | undefined
  readonly session?: string | undefined
}

/** Where the next page of runs begins: below this run in (created_at, id), newest first. */
export type RunCursor = { readonly createdAt: string; readonly id: string }

const columns = `r.id, r.agent_id, r.task_input, r.status, r.created_at, r.updated_at, r.metadata, r.ended_at, r.session_id, r.settled_at, r.revision::float8 as revision,
  r.steps, r.errors, r.artifacts, r.gaps, r.input_tokens::float8 as input_tokens, r.output_tokens::float8 as output_tokens, r.cost`

type RunRecord = Omit<Run, 'created_at' | 'updated_at' | 'ended_at' | 'settled_at'> & {
  readonly created_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
  readonly settled_at: Date | null
}

const runFrom = (row: RunRecord): Run => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
  settled_at: row.settled_at?.toISOString() ?? null,
})

/** One page of runs, newest first, and where the next begins; by index `obs_runs_newest`. */
export const listRuns = async (
  db: Knex,
  filter: RunFilter,
  limit: number,
  after: RunCursor | undefined,
): Promise<{ readonly items: readonly Run[]; readonly next: RunCursor | null }> => {
  const query = db('obs_runs as r').select(db.raw(columns), db.raw(`to_char(r.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`))
  if (filter.status !== undefined) void query.where('r.status', filter.status)
  if (filter.agent !== undefined) void query.where('r.agent_id', filter.agent)
  if (filter.session !== undefined) void query.where('r.session_id', filter.session)
  if (after !== undefined) void query.whereRaw('(r.created_at, r.id) < (?::timestamptz, ?::uuid)', [after.createdAt, after.id])
  const rows: (RunRecord & { readonly at: string })[] = await query
    .orderBy([
      { column: 'r.created_at', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { items: page.map(({ at: _, ...row }) => runFrom(row)), next: last === undefined ? null : { createdAt: last.at, id: last.id } }
}

/** What is known of an id: the run, or where it went. */
export type Found =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'moved'; readonly to: string; readonly revision: number }
  | { readonly kind: 'gone'; readonly revision: number }
  | { readonly kind: 'unknown' }

export const findRun = async (db: Knex, id: string): Promise<Found> => {
  const { rows } = await db.raw<{ rows: RunRecord[] }>(`select ${columns} from obs_runs as r where r.id = ?`, [id])
  if (rows[0] !== undefined) return { kind: 'run', run: runFrom(rows[0]) }
  const other = await db.raw<{ rows: { to: string | null; revision: string; gone: boolean }[] }>(
    `select a.run_id as to, 0 as revision, false as gone from obs_run_aliases as a where a.alias = ?
     union all select g.moved_to, g.revision, true from obs_gone_runs as g where g.id = ?`,
    [id, id],
  )
  const moved = other.rows.find(row => row.to !== null)
  const gone = other.rows.find(row => row.gone)
  if (moved?.to != null) return { kind: 'moved', to: moved.to, revision: Number(gone?.revision ?? 0) }
  return gone === undefined ? { kind: 'unknown' } : { kind: 'gone', revision: Number(gone.revision) }
}

/** What stands beside a run's own figures: whether it is parked, and what of it lies in quarantine. */
export const runMarks = async (db: Knex, id: string): Promise<{ readonly parked: string | null; readonly quarantined: number }> => {
  const { rows } = await db.raw<{ rows: { parked: string | null; quarantined: number }[] }>(
    `with groups as (
       select g.group_id from obs_groups as g where g.cluster_id = (select r.cluster_id from obs_runs as r where r.id = ?)
       union select l.group_id from obs_group_links as l where l.link = ? and not l.closed
     )
     select (select p.parked from obs_projections as p join groups as g on g.group_id = p.group_id where p.parked is not null limit 1) as parked,
       (select count(*)::int from obs_quarantine as q join groups as g on g.group_id = q.group_id) as quarantined`,
    [id, id],
  )
  return rows[0] ?? { parked: null, quarantined: 0 }
}
