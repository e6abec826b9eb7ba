import type { Knex } from 'knex'
import type { FeedEntry, FeedPage } from '../model/feed.ts'
import { RunStatus } from '../model/run.ts'

/** A committed change that has no place in the feed yet. */
export type Untold = { readonly run: string; readonly revision: bigint; readonly gone: boolean }

/** Notes, in the transaction that commits them, the changes that readers of all runs are to be told. Whoever raises a revision calls it. */
export const noteChanges = async (trx: Knex, changes: readonly Untold[]): Promise<void> => {
  if (changes.length === 0) return
  await trx.raw('insert into obs_untold (run_id, revision, gone) select * from unnest(?::uuid[], ?::bigint[], ?::boolean[])', [
    changes.map(c => c.run),
    changes.map(c => String(c.revision)),
    changes.map(c => c.gone),
  ])
}

const entriesAStamp = 5_000

// Locks only as long as its transaction, which pgbouncer keeps on one connection. Numbers that become visible only behind the lock
// come in the order of their transactions: no reader can see a number and later one below it.
const lockSql = `select pg_advisory_xact_lock(hashtextextended('runledger feed ' || current_schema(), 0))`

const stampSql = `
  with taken as (
    delete from obs_untold where id in (select u.id from obs_untold as u order by u.id limit ${entriesAStamp})
    returning id, run_id, revision, gone
  ), told as (
    select t.run_id, min(t.revision) - 1 as since, max(t.revision) as revision, bool_or(t.gone) as gone, max(t.id) as last from taken as t group by t.run_id
  )
  insert into obs_feed (feed, run_id, since, revision, gone, status, agent_id, session_id)
  select coalesce((select max(f.feed) from obs_feed as f), 0) + row_number() over (order by t.last), t.run_id, t.since, t.revision, t.gone,
    r.status, r.agent_id, r.session_id
  from told as t left join obs_runs as r on r.id = t.run_id
  returning feed`

/** Gives committed changes their place in the feed, one process at a time. Returns how many entries were made and the newest there is. */
export const stampFeed = async (db: Knex): Promise<{ readonly stamped: number; readonly head: number }> => {
  const { rows } = await db.raw<{ rows: { waits: boolean; head: number }[] }>(
    'select exists (select from obs_untold) as waits, coalesce((select max(f.feed) from obs_feed as f), 0)::float8 as head',
  )
  const [seen] = rows
  if (seen?.waits !== true) return { stamped: 0, head: seen?.head ?? 0 }
  return db.transaction(async trx => {
    await trx.raw(lockSql)
    const stamped = await trx.raw<{ rows: { feed: string }[] }>(stampSql)
    const head = stamped.rows.reduce((most, row) => Math.max(most, Number(row.feed)), seen.head)
    await trx.raw('select 1')
    return { stamped: stamped.rows.length, head }
  })
}

/** Forgets all but the newest `keep` entries. Who has not read that far is told so. Returns how many went. */
export const trimFeed = async (db: Knex, keep: number): Promise<number> => {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    'delete from obs_feed where feed <= (select max(f.feed) from obs_feed as f) - ? returning feed',
    [Math.max(1, keep)],
  )
  return rows.length
}

const readSql = `
  select b.floor, b.head, e.* from (select coalesce(min(f.feed), 0)::float8 as floor, coalesce(max(f.feed), 0)::float8 as head from obs_feed as f) as b
  left join (
    select f.feed::float8 as feed, f.run_id, f.since::float8 as since, f.revision::float8 as revision, f.gone, f.status, f.agent_id, f.session_id,
      w.feed is not null as known, w.status as was_status, w.agent_id as was_agent, w.session_id as was_session
    from obs_feed as f left join lateral (
      select p.feed, p.status, p.agent_id, p.session_id from obs_feed as p where p.run_id = f.run_id and p.feed < f.feed order by p.feed desc limit 1
    ) as w on true
    where f.feed > ? order by f.feed limit ?
  ) as e on true
  order by e.feed`

type FeedRow = {
  readonly floor: number
  readonly head: number
  readonly feed: number | null
  readonly run_id: string
  readonly since: number
  readonly revision: number
  readonly gone: boolean
  readonly status: string | null
  readonly agent_id: string | null
  readonly session_id: string | null
  readonly known: boolean
  readonly was_status: string | null
  readonly was_agent: string | null
  readonly was_session: string | null
}

/** Up to `limit` entries behind `after`, with what stood before each of them. */
export const readFeed = async (db: Knex, after: number, limit: number): Promise<FeedPage> => {
  const { rows } = await db.raw<{ rows: FeedRow[] }>(readSql, [after, limit])
  return { floor: rows[0]?.floor ?? 0, head: rows[0]?.head ?? 0, entries: rows.flatMap(entryFrom) }
}

const entryFrom = (row: FeedRow): readonly FeedEntry[] => {
  const { feed, run_id: run, since, revision, gone } = row
  if (feed === null) return []
  const was = row.known ? factsFrom(row.was_status, row.was_agent, row.was_session) : undefined
  return [{ feed, run, since, revision, gone, ...factsFrom(row.status, row.agent_id, row.session_id), was }]
}

const factsFrom = (status: string | null, agent: string | null, session: string | null) => ({
  status: RunStatus.nullable().catch(null).parse(status),
  agent,
  session,
})
