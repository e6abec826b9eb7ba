import type { Knex } from 'knex'
import type { RunChange } from './ledger-diff.ts'
import { removeRuns, writeChanges } from './ledger-rows.ts'

/** What one commit says of one group. */
export type ProjectedGroup = {
  readonly group: string
  /** `commits` as the snapshot showed it: another number now means that somebody else has written. */
  readonly commits: bigint
  /** The version whose facts are in the rows; absent for a group that was only read along. */
  readonly version?: bigint
  readonly runs: number
  /** Of a group that was only read along: what the runs it shares wait for, or null where they leave that as it is. */
  readonly waits: 'quiet' | 'idle' | null
}

export type ProjectionCommit = {
  readonly groups: readonly ProjectedGroup[]
  readonly changes: readonly RunChange[]
  readonly gone: readonly { readonly id: string; readonly revision: bigint; readonly movedTo: string | null }[]
  readonly aliases: ReadonlyMap<string, string>
  readonly mapping: number
  /** Pause before these groups are projected again. */
  readonly pauseMs: number
}

/** Somebody else has projected one of the groups meanwhile: the work is thrown away and done again. */
export class StaleProjectionError extends Error {
  override readonly name = 'StaleProjectionError'
}

const holdSql = `
  select p.group_id, p.commits, p.mapping from obs_projections as p where p.group_id = any(?::uuid[]) order by p.group_id for update`

/** Writes the difference of many runs in one transaction, if nobody has written to any of their groups since they were read. */
export const commitProjection = (db: Knex, commit: ProjectionCommit): Promise<void> =>
  db.transaction(async trx => {
    const groups = [...commit.groups].sort((a, b) => (a.group < b.group ? -1 : 1))
    const ids = groups.map(g => g.group)
    await trx.raw(
      'insert into obs_projections (group_id) select g from unnest(?::uuid[]) as g order by g on conflict (group_id) do nothing',
      [ids],
    )
    const { rows } = await trx.raw<{ rows: { group_id: string; commits: string; mapping: number }[] }>(holdSql, [ids])
    const now = new Map(rows.map(row => [row.group_id, BigInt(row.commits)]))
    if (groups.some(g => now.get(g.group) !== g.commits)) throw new StaleProjectionError('The groups were projected by somebody else')
    if (rows.some(row => row.mapping > commit.mapping)) throw new StaleProjectionError('The rows are of a newer mapping')
    const deleted = await deletedRuns(trx, commit.changes)
    const changes = commit.changes.filter(c => !deleted.has(c.run.id))
    await removeRuns(trx, commit.gone)
    await writeChanges(trx, changes)
    await writeAliases(
      trx,
      groups.filter(g => g.version !== undefined).map(g => g.group),
      commit.aliases,
    )
    await finish(trx, groups, commit)
    await trx.raw('select 1')
  })

const deletedRuns = async (trx: Knex, changes: readonly RunChange[]): Promise<ReadonlySet<string>> => {
  if (changes.length === 0) return new Set()
  return new Set(
    await trx('obs_gone_runs')
      .whereIn(
        'id',
        changes.map(c => c.run.id),
      )
      .where('deleted', true)
      .pluck<string[]>('id'),
  )
}

const writeAliases = async (trx: Knex, groups: readonly string[], aliases: ReadonlyMap<string, string>): Promise<void> => {
  await trx.raw('delete from obs_run_aliases where alias = any(?::uuid[]) and not (alias = any(?::uuid[]))', [
    [...groups],
    [...aliases.keys()],
  ])
  if (aliases.size > 0)
    await trx.raw(
      `insert into obs_run_aliases (alias, run_id) select a, r from unnest(?::uuid[], ?::uuid[]) as x (a, r) order by a
       on conflict (alias) do update set run_id = excluded.run_id`,
      [[...aliases.keys()], [...aliases.values()]],
    )
}

const finishSql = `
  update obs_projections as p set
    commits = p.commits + 1,
    projected_version = coalesce(x.version, p.projected_version),
    runs = case when x.version is null then p.runs else x.runs end,
    waits = case when x.version is null then coalesce(x.waits, p.waits) else x.waits end,
    mapping = case when x.version is null then p.mapping else ? end,
    lease_owner = null, lease_until = null,
    due_at = case when x.version is null then p.due_at else now() + ? * interval '1 millisecond' end,
    parked = case when x.version is null then p.parked end,
    parked_at = case when x.version is null then p.parked_at end
  from jsonb_to_recordset(?::jsonb) as x (group_id uuid, version bigint, runs int, waits text)
  where p.group_id = x.group_id`

const foldAfterMinutes = 10

const finish = async (trx: Knex, groups: readonly ProjectedGroup[], { mapping, pauseMs }: ProjectionCommit): Promise<void> => {
  const rows = JSON.stringify(
    groups.map(g => ({ group_id: g.group, version: g.version === undefined ? null : String(g.version), runs: g.runs, waits: g.waits })),
  )
  await trx.raw(finishSql, [mapping, Math.round(pauseMs), rows])
  await trx.raw(
    `delete from obs_dirty as d using jsonb_to_recordset(?::jsonb) as x (group_id uuid, version bigint)
     where d.group_id = x.group_id and d.facts_version <= x.version`,
    [rows],
  )
  // Far enough from now that a run is not folded while it works; looked at again before it is.
  await trx.raw(
    `insert into obs_folds as f (group_id, due_at)
     select x.group_id, now() + interval '${foldAfterMinutes} minutes' from jsonb_to_recordset(?::jsonb) as x (group_id uuid, version bigint)
     where x.version is not null order by x.group_id
     on conflict (group_id) do nothing`,
    [rows],
  )
}

/** Parks groups whose projection throws: their facts stay, their rows stay, new facts or a new mapping try again. */
export const parkGroups = async (
  db: Knex,
  groups: readonly { readonly group: string; readonly version: bigint }[],
  reason: string,
  mapping: number,
): Promise<void> => {
  const rows = JSON.stringify(groups.map(g => ({ group_id: g.group, version: String(g.version) })))
  await db.transaction(async trx => {
    await trx.raw(
      `update obs_projections as p set parked = ?, parked_at = now(), mapping = ?, lease_owner = null, lease_until = null
       from jsonb_to_recordset(?::jsonb) as x (group_id uuid) where p.group_id = x.group_id`,
      [reason, mapping, rows],
    )
    await trx.raw(
      `delete from obs_dirty as d using jsonb_to_recordset(?::jsonb) as x (group_id uuid, version bigint)
       where d.group_id = x.group_id and d.facts_version <= x.version`,
      [rows],
    )
    await trx.raw('select 1')
  })
}

/** Gives claimed groups back at once, to be projected again. */
export const releaseGroups = async (db: Knex, groups: readonly string[]): Promise<void> => {
  await db.raw('update obs_projections set lease_owner = null, lease_until = null where group_id = any(?::uuid[])', [[...groups]])
}

/** Lets groups that an older mapping could not project be tried by this one. */
export const markParkedDirty = async (db: Knex, mapping: number): Promise<void> => {
  await db.raw(
    `insert into obs_dirty (group_id, facts_version)
     select g.group_id, g.facts_version from obs_projections as p join obs_groups as g on g.group_id = p.group_id
     where p.parked_at is not null and p.mapping < ? order by g.group_id
     on conflict (group_id, facts_version) do nothing`,
    [mapping],
  )
}
