import type { Knex } from 'knex'

const groupsASweep = 500

const unclaimedSql = `
  select g.group_id from obs_groups as g join obs_projections as p on p.group_id = g.group_id
  where p.runs = 0 and p.parked_at is null and p.projected_version = g.facts_version and g.last_fact_at < now() - ? * interval '1 millisecond'
    and g.cluster_id = g.group_id and not exists (select from obs_dirty as d where d.group_id = g.group_id)
  order by g.group_id limit ?`

/**
 * Deletes groups that were projected, made no run and had no news for `ageMs`. Locks a group, then its projection, and looks
 * again: what came meanwhile keeps it. Returns how many went.
 */
export const sweepUnclaimed = (db: Knex, ageMs: number): Promise<number> =>
  db.transaction(async trx => {
    const { rows } = await trx.raw<{ rows: { group_id: string }[] }>(`${unclaimedSql} for update of g skip locked`, [ageMs, groupsASweep])
    const locked = rows.map(row => row.group_id)
    if (locked.length === 0) return 0
    await trx.raw('select 1 from obs_projections where group_id = any(?::uuid[]) order by group_id for update', [locked])
    const again = await trx.raw<{ rows: { group_id: string }[] }>(unclaimedSql, [ageMs, groupsASweep])
    const still = new Set(again.rows.map(row => row.group_id))
    const groups = locked.filter(group => still.has(group))
    for (const table of ['obs_journal', 'obs_group_links', 'obs_dirty', 'obs_folds', 'obs_projections', 'obs_groups'])
      await trx(table).whereIn('group_id', groups).delete()
    await trx.raw('select 1')
    return groups.length
  })
