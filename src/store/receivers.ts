import type { Knex } from 'knex'

/** A silence of the receivers longer than this ends their unbroken stretch: an outage, a restart. */
const brokenAfterSeconds = 15

/**
 * One heartbeat of a receiver, by the database's clock. The stretch goes on while any receiver was heard of lately; after a
 * silence a new one begins, so that nothing that could not have been received is held against a run.
 */
export const beat = async (db: Knex, id: string): Promise<void> => {
  await db.raw(
    `with latest as (
       select max(r.beat_at) as at, (array_agg(r.stretch_from order by r.beat_at desc))[1] as stretch_from from obs_receivers as r
     )
     insert into obs_receivers as r (id, started_at, beat_at, stretch_from)
     select ?::uuid, clock_timestamp(), clock_timestamp(),
       case when l.at > clock_timestamp() - interval '${brokenAfterSeconds} seconds' then l.stretch_from else clock_timestamp() end
     from latest as l
     on conflict (id) do update set beat_at = excluded.beat_at, stretch_from = excluded.stretch_from`,
    [id],
  )
  await db.raw(`delete from obs_receivers where beat_at < clock_timestamp() - interval '1 day'`)
}
