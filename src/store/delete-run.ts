import type { Knex } from 'knex'
import { removeRuns } from './ledger-rows.ts'

const groupsSql = `
  select g.group_id from obs_groups as g where g.cluster_id = (select r.cluster_id from obs_runs as r where r.id = ?)
  union select l.group_id from obs_group_links as l where l.link = ? and not l.closed`

// Another run is in a group where one is stored for its cluster, or where one that is named there is stored.
const ownSql = `
  select g.group_id from obs_groups as g where g.group_id = any(?::uuid[])
    and not exists (select from obs_runs as r where r.cluster_id = g.cluster_id and r.id <> ?)
    and not exists (
      select from obs_group_links as l join obs_links as k on k.link = l.link and k.kind = 'run' join obs_runs as r on r.id = l.link
      where l.group_id = g.group_id and not l.closed and l.link <> ?)`

/**
 * Deletes a run for good: its rows, its place in the index, and the facts and quarantined items of groups that hold nothing of
 * another run. Its id and those groups stay as tombstones, so that a repeated or late span does not bring it back. Returns
 * whether it was there. Safe to repeat.
 */
export const deleteRun = (db: Knex, id: string): Promise<boolean> =>
  db.transaction(async trx => {
    const { rows: groups } = await trx.raw<{ rows: { group_id: string }[] }>(groupsSql, [id, id])
    const ids = groups.map(row => row.group_id)
    // The order of everybody: groups, then projections, ids ascending. Who projects one of them now throws its work away.
    await trx.raw('select from obs_groups where group_id = any(?::uuid[]) order by group_id for update', [ids])
    await trx.raw('select from obs_projections where group_id = any(?::uuid[]) order by group_id for update', [ids])
    const { rows: runs } = await trx.raw<{ rows: { revision: string }[] }>('select revision from obs_runs where id = ? for update', [id])
    const [run] = runs
    if (run === undefined) return false
    const { rows: own } = await trx.raw<{ rows: { group_id: string }[] }>(ownSql, [ids, id, id])
    await removeRuns(trx, [{ id, revision: BigInt(run.revision) + 1n, movedTo: null }])
    await trx('obs_gone_runs').where({ id }).update({ deleted: true })
    await trx('obs_run_aliases').where({ run_id: id }).delete()
    await trx.raw('update obs_projections set commits = commits + 1 where group_id = any(?::uuid[])', [ids])
    await forget(
      trx,
      own.map(row => row.group_id),
    )
    await trx.raw('select 1')
    return true
  })

const forget = async (trx: Knex, groups: readonly string[]): Promise<void> => {
  for (const table of ['obs_journal', 'obs_dirty', 'obs_folds', 'obs_quarantine']) await trx(table).whereIn('group_id', groups).delete()
  await trx('obs_groups').whereIn('group_id', groups).update({ deleted_at: trx.fn.now() })
}
