import type { Knex } from 'knex'

/** Groups with more spans than this are projected in a lane of their own: one of them takes as long as a thousand others. */
export const LARGE_GROUP_SPANS = 5_000

export type Lane = 'small' | 'large' | 'all'

/** How long a claim keeps other replicas from doing the same work; nothing depends on it. */
const leaseSeconds = 5
/** A parked group is tried again when facts come, but not more often than this. */
const parkedSeconds = 30

const claimSql = `
  with due as (
    select d.group_id, min(d.marked_at) as marked_at
    from obs_dirty as d
    join obs_groups as g on g.group_id = d.group_id
    left join obs_projections as p on p.group_id = d.group_id
    where g.spans between ? and ?
      and (p.lease_until is null or p.lease_until < now() or p.lease_owner = ?)
      and (p.due_at is null or p.due_at <= now())
      and (p.parked_at is null or p.mapping < ? or p.parked_at < now() - interval '${parkedSeconds} seconds')
    group by d.group_id
    order by 2
    limit ?
  ), taken as (
    insert into obs_projections as p (group_id, lease_owner, lease_until)
    select due.group_id, ?, now() + interval '${leaseSeconds} seconds' from due order by due.group_id
    on conflict (group_id) do update set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
      where p.lease_until is null or p.lease_until < now() or p.lease_owner = excluded.lease_owner
    returning p.group_id
  )
  select t.group_id from taken as t`

/** Claims up to `limit` dirty groups, those that have waited longest first. */
export const claimGroups = async (db: Knex, owner: string, lane: Lane, mapping: number, limit: number): Promise<readonly string[]> => {
  const from = lane === 'large' ? LARGE_GROUP_SPANS + 1 : 0
  const to = lane === 'small' ? LARGE_GROUP_SPANS : Number.MAX_SAFE_INTEGER
  const { rows } = await db.raw<{ rows: { group_id: string }[] }>(claimSql, [from, to, owner, mapping, limit, owner])
  return rows.map(row => row.group_id)
}

/** When the next dirty group falls due, in ms from now; undefined when none waits. */
export const nextDue = async (db: Knex): Promise<number | undefined> => {
  const { rows } = await db.raw<{ rows: { ms: number | null }[] }>(
    `select (extract(epoch from min(greatest(coalesce(p.due_at, now()), now())) - now()) * 1000)::float8 as ms
     from obs_dirty as d left join obs_projections as p on p.group_id = d.group_id`,
  )
  return rows[0]?.ms ?? undefined
}
