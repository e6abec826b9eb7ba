import type { Knex } from 'knex'

/** What lies between the stages now, and what they have put aside. Counts stop at `maxCounted`; ages in seconds. */
export type StageFigures = {
  readonly inboxRequests: number
  readonly inboxBytes: number
  readonly inboxOldestSeconds: number
  readonly dirtyGroups: number
  readonly parkedGroups: number
  readonly quarantined: number
}

const maxCounted = 100_000

const figuresSql = `
  select
    (select count(*) from (select from obs_inbox limit ${maxCounted}) as i)::float8 as "inboxRequests",
    (select coalesce(sum(octet_length(i.payload)), 0) from (select payload from obs_inbox limit ${maxCounted}) as i)::float8 as "inboxBytes",
    (select coalesce(extract(epoch from clock_timestamp() - min(i.received_at)), 0) from obs_inbox as i)::float8 as "inboxOldestSeconds",
    (select count(*) from (select from obs_dirty limit ${maxCounted}) as d)::float8 as "dirtyGroups",
    (select count(*) from (select from obs_projections where parked is not null limit ${maxCounted}) as p)::float8 as "parkedGroups",
    (select count(*) from (select from obs_quarantine limit ${maxCounted}) as q)::float8 as "quarantined"`

/** Reads them in one statement. */
export const stageFigures = async (db: Knex): Promise<StageFigures> => {
  const { rows } = await db.raw<{ rows: StageFigures[] }>(figuresSql)
  const [figures] = rows
  if (figures === undefined) throw new Error('Expected one row of figures, got none')
  return figures
}
