import type { Knex } from 'knex'
import type { Run } from '../model/run.ts'
import { inlineSql } from './preview-sql.ts'

const figures = `r.id, r.agent_id, r.status, r.created_at, r.updated_at, r.ended_at, r.session_id, r.settled_at, r.revision::float8 as revision,
  r.steps, r.errors, r.artifacts, r.gaps, r.input_tokens::float8 as input_tokens, r.output_tokens::float8 as output_tokens, r.cost`

const wholeColumns = `${figures}, r.task_input, r.metadata`

const href = "'/api/runs/' || r.id"
const inlineColumns = `${figures}, ${inlineSql('r.task_input', href)} as task_input, ${inlineSql('r.metadata', href)} as metadata`

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

/** What is known of an id: the run, or where it went and with which revision. */
export type Found =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'moved'; readonly to: string; readonly revision: number }
  | { readonly kind: 'gone'; readonly revision: number }
  | { readonly kind: 'unknown' }

/** Looks for the run first, then for what it became. `size` is `inline` where large values are to be previews. */
export const findRun = async (db: Knex, id: string, size: 'whole' | 'inline'): Promise<Found> => {
  const columns = size === 'whole' ? wholeColumns : inlineColumns
  const { rows } = await db.raw<{ rows: RunRecord[] }>(`select ${columns} from obs_runs as r where r.id = ?`, [id])
  return rows[0] === undefined ? findGone(db, id) : { kind: 'run', run: runFrom(rows[0]) }
}

const goneSql = `
  select a.run_id as alias_of, g.moved_to, g.revision::float8 as revision, coalesce(g.deleted, false) as deleted
  from (select ?::uuid as id) as i
  left join obs_run_aliases as a on a.alias = i.id
  left join obs_gone_runs as g on g.id = i.id`

type GoneRecord = {
  readonly alias_of: string | null
  readonly moved_to: string | null
  readonly revision: number | null
  readonly deleted: boolean
}

const findGone = async (db: Knex, id: string): Promise<Found> => {
  const { rows } = await db.raw<{ rows: GoneRecord[] }>(goneSql, [id])
  const row = rows[0]
  const to = row === undefined || row.deleted ? null : (row.alias_of ?? row.moved_to)
  if (to !== null) return { kind: 'moved', to, revision: row?.revision ?? 0 }
  return row?.revision == null ? { kind: 'unknown' } : { kind: 'gone', revision: row.revision }
}

export type RunMarks = { readonly parked: string | null; readonly quarantined: number }

/** What stands beside a run's own figures: why one of its groups is parked, and how many of its items lie in quarantine. */
export const runMarks = async (db: Knex, id: string): Promise<RunMarks> => {
  const { rows } = await db.raw<{ rows: RunMarks[] }>(
    `with groups as (
       select g.group_id from obs_groups as g where g.cluster_id = (select r.cluster_id from obs_runs as r where r.id = ?)
       union select l.group_id from obs_group_links as l where l.link = ? and not l.closed
     )
     select (select p.parked from obs_projections as p join groups as g on g.group_id = p.group_id
             where p.parked is not null order by p.parked_at desc limit 1) as parked,
       (select count(*)::int from obs_quarantine as q join groups as g on g.group_id = q.group_id) as quarantined`,
    [id, id],
  )
  return rows[0] ?? { parked: null, quarantined: 0 }
}

/** The present revisions of those of `runs` that are there, or were. */
export const revisionsOf = async (
  db: Knex,
  runs: readonly string[],
): Promise<readonly { readonly run: string; readonly revision: number }[]> => {
  const { rows } = await db.raw<{ rows: { run: string; revision: number }[] }>(
    `select r.id as run, r.revision::float8 as revision from obs_runs as r where r.id = any(?::uuid[])
     union all select g.id, g.revision::float8 from obs_gone_runs as g where g.id = any(?::uuid[])`,
    [[...runs], [...runs]],
  )
  return rows
}

const idsShown = 10

/** Ids of runs that begin with these hex digits, in their order, the first ten. */
export const runIdsFrom = async (db: Knex, digits: string): Promise<readonly string[]> => {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    'select r.id from obs_runs as r where r.id between ?::uuid and ?::uuid order by r.id limit ?',
    [digits.padEnd(32, '0'), digits.padEnd(32, 'f'), idsShown],
  )
  return rows.map(row => row.id)
}
