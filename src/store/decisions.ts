import type { Knex } from 'knex'
import { INBOX_FORMAT } from './inbox.ts'

// The deadline runs from the later of the last receipt and the start of the receivers' present stretch, and is looked at only
// when nothing received before it is unsorted: an outage or a backlog settles no run. A decision counts as a commit: the
// projection under way that has not seen it would else delete its dirty mark, and nobody would look at it again.
const decideSql = `
  with stretch as (
    select (array_agg(r.stretch_from order by r.beat_at desc))[1] as since from obs_receivers as r
  ), unsorted as (
    select min(i.received_at) as oldest from obs_inbox as i where i.format = ?
  ), news as (
    select g.cluster_id, max(g.last_fact_at) as at from obs_groups as g
    where g.cluster_id in (select w.cluster_id from obs_groups as w join obs_projections as p on p.group_id = w.group_id where p.waits is not null)
    group by g.cluster_id
  ), due as (
    select p.group_id, g.facts_version, p.waits
    from obs_projections as p
    join obs_groups as g on g.group_id = p.group_id
    join news as n on n.cluster_id = g.cluster_id
    cross join stretch as s cross join unsorted as u
    where p.waits is not null and p.projected_version = g.facts_version and s.since is not null
      and not exists (select from obs_dirty as d where d.group_id = p.group_id)
      and greatest(n.at, s.since) + (case p.waits when 'quiet' then ?::float8 else ?::float8 end) * interval '1 millisecond' < clock_timestamp()
      and (u.oldest is null or u.oldest > greatest(n.at, s.since) + (case p.waits when 'quiet' then ?::float8 else ?::float8 end) * interval '1 millisecond')
      and not coalesce(p.decisions ->> p.waits = g.facts_version::text, false)
    limit 1000
  ), locked as (
    select p.group_id from obs_projections as p join due as d on d.group_id = p.group_id order by p.group_id for update of p
  ), decided as (
    update obs_projections as p set decisions = jsonb_build_object(d.waits, d.facts_version::text), commits = p.commits + 1, due_at = null
    from due as d where d.group_id = p.group_id and p.group_id in (select l.group_id from locked as l)
    returning p.group_id, d.facts_version
  )
  insert into obs_dirty (group_id, facts_version)
  select d.group_id, d.facts_version from decided as d order by d.group_id
  on conflict (group_id, facts_version) do nothing
  returning group_id`

/**
 * Takes the clock's decisions that are due: a group without news for the grace period is quiet, for the idle timeout idle. Each
 * stands for the facts it was taken on; newer facts void it. Returns how many were taken.
 */
export const decide = async (db: Knex, graceMs: number, idleMs: number): Promise<number> => {
  const { rows } = await db.raw<{ rows: unknown[] }>(decideSql, [INBOX_FORMAT, graceMs, idleMs, graceMs, idleMs])
  return rows.length
}
