import type { Knex } from 'knex'
import type { Link } from '../model/identity.ts'
import type { Signal } from '../model/request.ts'

/** What a batch of requests adds to one group. */
export type GroupFacts = {
  readonly group: string
  readonly links: readonly Link[]
  readonly parts: readonly JournalPart[]
}

export type JournalPart = {
  readonly signal: Signal
  readonly items: number
  readonly encoding: 'identity' | 'zstd'
  readonly payload: Buffer
}

const rowsAStatement = 500

/**
 * Journals `facts`, links and counts their groups and marks them dirty. Returns how many items were dropped because their
 * group is deleted. Groups must be distinct. Everybody locks in the same order: links, then groups, ids ascending.
 */
export const journal = async (trx: Knex, facts: readonly GroupFacts[], receivedAt: Date, maxRunGroups: number): Promise<number> => {
  const sorted = [...facts].sort((a, b) => (a.group < b.group ? -1 : 1))
  const clusters = await joinLinks(trx, sorted, maxRunGroups)
  const touched = await touchGroups(trx, sorted, clusters, receivedAt)
  const kept = sorted.filter(f => touched.get(f.group)?.deleted !== true)
  const rows = kept.flatMap(f =>
    f.parts.map(part => ({
      group_id: f.group,
      day: receivedAt.toISOString().slice(0, 10),
      part: partNumber(touched.get(f.group)?.version ?? '0', part.signal),
      signal: part.signal,
      encoding: part.encoding,
      items: part.items,
      received_at: receivedAt,
      payload: part.payload,
    })),
  )
  for (let at = 0; at < rows.length; at += rowsAStatement) await trx('obs_journal').insert(rows.slice(at, at + rowsAStatement))
  await markDirty(
    trx,
    kept.map(f => ({ group_id: f.group, facts_version: touched.get(f.group)?.version ?? '0' })),
  )
  return itemsOf(sorted) - itemsOf(kept)
}

const itemsOf = (facts: readonly GroupFacts[]): number => facts.reduce((sum, f) => sum + f.parts.reduce((n, p) => n + p.items, 0), 0)

// A group gets at most one part of each signal with one facts_version.
const partNumber = (version: string, signal: Signal): string => String(BigInt(version) * 2n + (signal === 'logs' ? 1n : 0n))

const markDirty = async (trx: Knex, rows: readonly { group_id: string; facts_version: string }[]): Promise<void> => {
  await trx.raw(
    `insert into obs_dirty (group_id, facts_version)
     select x.group_id, x.facts_version from jsonb_to_recordset(?::jsonb) as x (group_id uuid, facts_version bigint)`,
    [JSON.stringify(rows)],
  )
}

const touchSql = `
  insert into obs_groups as g (group_id, cluster_id, facts_version, spans, bytes, first_day, last_fact_at)
  select x.group_id, x.cluster_id, nextval('obs_facts_version'), x.items, x.bytes, (?::timestamptz)::date, ?::timestamptz
  from jsonb_to_recordset(?::jsonb) as x (group_id uuid, cluster_id uuid, items bigint, bytes bigint, joined boolean)
  order by x.group_id
  on conflict (group_id) do update set
    facts_version = case when excluded.spans > 0 then nextval('obs_facts_version') else g.facts_version end,
    spans = g.spans + excluded.spans,
    bytes = g.bytes + excluded.bytes,
    last_fact_at = case when excluded.spans > 0 then greatest(g.last_fact_at, excluded.last_fact_at) else g.last_fact_at end,
    cluster_id = least(g.cluster_id, excluded.cluster_id)
  returning g.group_id, g.facts_version, g.deleted_at is not null as deleted`

type Touched = { readonly version: string; readonly deleted: boolean }

const touchGroups = async (
  trx: Knex,
  facts: readonly GroupFacts[],
  clusters: ReadonlyMap<string, string>,
  receivedAt: Date,
): Promise<ReadonlyMap<string, Touched>> => {
  const own = new Map(facts.map(f => [f.group, f]))
  const all = [...new Set([...own.keys(), ...clusters.keys()])]
  const rows = all.map(group => {
    const parts = own.get(group)?.parts ?? []
    return {
      group_id: group,
      cluster_id: clusters.get(group) ?? group,
      items: parts.reduce((n, p) => n + p.items, 0),
      bytes: parts.reduce((n, p) => n + p.payload.length, 0),
    }
  })
  const at = receivedAt.toISOString()
  const { rows: touched } = await trx.raw<{ rows: { group_id: string; facts_version: string; deleted: boolean }[] }>(touchSql, [
    at,
    at,
    JSON.stringify(rows),
  ])
  return new Map(touched.map(row => [row.group_id, { version: row.facts_version, deleted: row.deleted }]))
}

/**
 * Stores the links of these groups and returns the cluster of every group that a conversation joins to them. Merging clusters
 * is serialized: two merges that share a group would each miss the other's.
 */
const joinLinks = async (trx: Knex, facts: readonly GroupFacts[], maxRunGroups: number): Promise<ReadonlyMap<string, string>> => {
  const pairs = facts.flatMap(f => f.links.map(l => ({ link: l.link, kind: l.kind, group_id: f.group })))
  if (pairs.length === 0) return new Map()
  const joins = pairs.some(p => p.kind === 'conversation')
  if (joins) await trx.raw(`select pg_advisory_xact_lock(hashtextextended('runledger clusters ' || current_schema(), 0))`)
  const pairsJson = JSON.stringify(pairs)
  await trx.raw(lockLinksSql, [pairsJson])
  await trx.raw(insertPairsSql, [pairsJson, maxRunGroups])
  if (!joins) return new Map()
  const groups = pairs.filter(p => p.kind === 'conversation').map(p => p.group_id)
  const { rows } = await trx.raw<{ rows: { group_id: string; cluster_id: string }[] }>(clustersSql, [groups])
  return new Map(rows.map(row => [row.group_id, row.cluster_id]))
}

const lockLinksSql = `
  insert into obs_links as l (link, kind)
  select distinct x.link, x.kind from jsonb_to_recordset(?::jsonb) as x (link uuid, kind text)
  order by x.link
  on conflict (link) do update set kind = l.kind`

// Beyond the limit a pair is stored closed: that id is not believed there.
const insertPairsSql = `
  with new as (
    select x.link, x.group_id, x.kind, row_number() over (partition by x.link order by x.group_id) as nth
    from (select distinct p.link, p.group_id, p.kind from jsonb_to_recordset(?::jsonb) as p (link uuid, group_id uuid, kind text)) as x
    where not exists (select from obs_group_links as old where old.link = x.link and old.group_id = x.group_id)
  ), inserted as (
    insert into obs_group_links (link, group_id, closed)
    select n.link, n.group_id, n.kind = 'run' and l.groups + n.nth > ?
    from new as n join obs_links as l using (link)
    order by n.link, n.group_id
    on conflict (link, group_id) do nothing
    returning link
  )
  update obs_links as l set groups = l.groups + added.n
  from (select link, count(*) as n from inserted group by link) as added
  where l.link = added.link`

const clustersSql = `
  with recursive reach (origin, group_id) as (
    select g, g from unnest(?::uuid[]) as g
    union
    select r.origin, other.group_id
    from reach as r
    join obs_group_links as mine on mine.group_id = r.group_id and not mine.closed
    join obs_links as l on l.link = mine.link and l.kind = 'conversation'
    join obs_group_links as other on other.link = l.link and not other.closed
  ), smallest as (
    select r.origin, min(r.group_id::text)::uuid as cluster_id from reach as r group by r.origin
  )
  select r.group_id, min(s.cluster_id::text)::uuid as cluster_id from reach as r join smallest as s using (origin) group by r.group_id`
