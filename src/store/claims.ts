import type { Knex } from 'knex'

/** Groups with more spans than this are projected in a lane of their own: one of them takes as long as a thousand others. */
export const LARGE_GROUP_SPANS = 5_000

export type Lane = 'small' | 'large' | 'all'

/** How long a claim keeps other replicas from doing the same work; nothing depends on it. */
const leaseSeconds = 5
/** A parked group is tried again when facts come, but not more often than this. */
const parkedSeconds = 30

/** While so many requests wait to be sorted, a group waits for more of its facts: projecting it for each batch would cost most of the throughput. */
const backlogRequests = 24
const backlogMs = 1_000

/** What each lane takes: `large` helps with half of the small groups while it has no large one, always the same half, whose facts it then knows. */
const lanes: Readonly<Record<Lane, string>> = {
  all: 'true',
  small: `g.spans <= ${LARGE_GROUP_SPANS} and (not HELPED or d.marked_at < clock_timestamp() - interval '500 milliseconds')`,
  large: `(g.spans > ${LARGE_GROUP_SPANS} or HELPED)`,
}

const helped = `(get_byte(uuid_send(g.group_id), 15) % 2 = 1)`

const claimSql = (lane: Lane): string => `
  with due as (
    select d.group_id, min(d.marked_at) as marked_at, bool_or(g.spans > ${LARGE_GROUP_SPANS}) as is_large
    from obs_dirty as d
    join obs_groups as g on g.group_id = d.group_id
    left join obs_projections as p on p.group_id = d.group_id
    where ${lanes[lane].replace('HELPED', helped)}
      and (p.lease_until is null or p.lease_until < now() or p.lease_owner = ?)
      and (p.due_at is null or p.due_at <= now())
      and (d.marked_at < clock_timestamp() - interval '${backlogMs} milliseconds' or (select count(*) from (select from obs_inbox limit ${backlogRequests}) as i) < ${backlogRequests})
      and (p.mapping is null or p.mapping <= ?)
      and (p.parked_at is null or p.mapping < ? or p.parked_at < now() - interval '${parkedSeconds} seconds')
    group by d.group_id
    order by 3 desc, 2
    limit ?
  ), taken as (
    insert into obs_projections as p (group_id, lease_owner, lease_until)
    select due.group_id, ?, now() + interval '${leaseSeconds} seconds' from due order by due.group_id
    on conflict (group_id) do update set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
      where p.lease_until is null or p.lease_until < now() or p.lease_owner = excluded.lease_owner
    returning p.group_id
  )
  select t.group_id from taken as t join due on due.group_id = t.group_id order by due.is_large desc, due.marked_at`

/** Claims up to `limit` dirty groups, large ones first, then those that have waited longest. */
export const claimGroups = async (db: Knex, owner: string, lane: Lane, mapping: number, limit: number): Promise<readonly string[]> => {
  const { rows } = await db.raw<{ rows: { group_id: string }[] }>(claimSql(lane), [owner, mapping, mapping, limit, owner])
  return rows.map(row => row.group_id)
}

/** When the next dirty group falls due, in ms from now; undefined when none waits for its pause alone. */
export const nextDueMs = async (db: Knex): Promise<number | undefined> => {
  const { rows } = await db.raw<{ rows: { ms: number | null }[] }>(
    `select (extract(epoch from min(p.due_at) - now()) * 1000)::float8 as ms
     from obs_dirty as d join obs_projections as p on p.group_id = d.group_id
     where p.due_at > now() and p.parked_at is null`,
  )
  return rows[0]?.ms ?? undefined
}
