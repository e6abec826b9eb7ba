import { zstdDecompressSync } from 'node:zlib'
import type { Knex } from 'knex'
import type { Signal } from '../model/request.ts'

/** A group as one snapshot shows it. */
export type GroupState = {
  readonly group: string
  readonly cluster: string
  readonly version: bigint
  /** Items journalled, doubles included. */
  readonly items: number
  readonly commits: bigint
  /** The clock's decisions, where they stand for this very version. */
  readonly quiet: boolean
  readonly idle: boolean
}

/** Everything the projection of some groups depends on, but their journal. */
export type Snapshot = {
  readonly groups: ReadonlyMap<string, GroupState>
  /** The clusters that were asked for; the others were read because they share a run with one of them. */
  readonly claimed: ReadonlySet<string>
  /** Runs that groups of the claimed clusters name, or that are stored for them. */
  readonly candidates: ReadonlySet<string>
  /** `run/group` pairs that are not believed. */
  readonly closed: ReadonlySet<string>
}

const sharedSql = `
  with claimed as (
    select g.group_id from obs_groups as g
    where g.cluster_id in (select c.cluster_id from obs_groups as c where c.group_id = any(?::uuid[])) and g.deleted_at is null
  ), named as (
    select c.group_id as run_id from claimed as c
    union
    select l.link from obs_group_links as l join obs_links as k on k.link = l.link and k.kind = 'run'
      join claimed as c on c.group_id = l.group_id where not l.closed
    union
    select r.id from obs_runs as r join claimed as c on c.group_id = r.cluster_id
  ), bearing as (
    select c.group_id from claimed as c
    union
    select l.group_id from obs_group_links as l join named as n on n.run_id = l.link where not l.closed
    union
    select g.group_id from obs_groups as g join named as n on n.run_id = g.group_id
  )
  select g.group_id, g.cluster_id, g.facts_version, g.spans::float8 as items, coalesce(p.commits, 0) as commits, p.decisions,
    exists (select from claimed as c where c.group_id = g.group_id) as claimed
  from obs_groups as g
  left join obs_projections as p on p.group_id = g.group_id
  where g.deleted_at is null and g.cluster_id in (select o.cluster_id from obs_groups as o join bearing as b on b.group_id = o.group_id)`

const namedSql = `
  select l.link as run_id from obs_group_links as l join obs_links as k on k.link = l.link and k.kind = 'run' where l.group_id = any(?::uuid[]) and not l.closed
  union select r.id from obs_runs as r where r.cluster_id = any(?::uuid[])`

type GroupRow = {
  readonly group_id: string
  readonly cluster_id: string
  readonly facts_version: string
  readonly items: number
  readonly commits: string
  readonly decisions: { readonly quiet?: string; readonly idle?: string } | null
  readonly claimed: boolean
}

/** Reads what the projection of `groups` depends on. The transaction must be repeatable read. */
export const readSnapshot = async (trx: Knex, claimedGroups: readonly string[]): Promise<Snapshot> => {
  const { rows } = await trx.raw<{ rows: GroupRow[] }>(sharedSql, [[...claimedGroups]])
  const claimed = rows.filter(row => row.claimed).map(row => row.group_id)
  const named = await trx.raw<{ rows: { run_id: string }[] }>(namedSql, [claimed, claimed])
  const closed = await trx('obs_group_links')
    .whereIn(
      'group_id',
      rows.map(row => row.group_id),
    )
    .where('closed', true)
    .select<{ link: string; group_id: string }[]>('link', 'group_id')
  return {
    groups: new Map(
      rows.map(row => [
        row.group_id,
        {
          group: row.group_id,
          cluster: row.cluster_id,
          version: BigInt(row.facts_version),
          items: row.items,
          commits: BigInt(row.commits),
          quiet: row.decisions?.quiet === row.facts_version || row.decisions?.idle === row.facts_version,
          idle: row.decisions?.idle === row.facts_version,
        },
      ]),
    ),
    claimed: new Set(claimed),
    candidates: new Set([...claimed, ...named.rows.map(row => row.run_id)]),
    closed: new Set(closed.map(row => `${row.link}/${row.group_id}`)),
  }
}

export type Part = {
  readonly group: string
  readonly part: bigint
  readonly signal: Signal
  readonly items: number
  readonly payload: Buffer
}

/** The journal of groups after the part each is known to; `-1` for all of it. In the order in which the parts were journalled. */
export const readParts = async (trx: Knex, after: ReadonlyMap<string, bigint>): Promise<readonly Part[]> => {
  if (after.size === 0) return []
  const { rows } = await trx.raw<{
    rows: { group_id: string; part: string; signal: Signal; items: number; encoding: string; payload: Buffer }[]
  }>(
    `select j.group_id, j.part, j.signal, j.items, j.encoding, j.payload
     from unnest(?::uuid[], ?::bigint[]) as w (group_id, part)
     join obs_journal as j on j.group_id = w.group_id and j.part > w.part
     order by j.group_id, j.part`,
    [[...after.keys()], [...after.values()].map(String)],
  )
  return rows.map(row => ({
    group: row.group_id,
    part: BigInt(row.part),
    signal: row.signal,
    items: row.items,
    payload: row.encoding === 'zstd' ? zstdDecompressSync(row.payload) : row.payload,
  }))
}
