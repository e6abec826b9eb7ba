import type { Knex } from 'knex'

/** Which groups are to be projected again: of these runs; of runs that began in a time; whose rows an older mapping made; all. */
export type RebuildScope = {
  readonly runs?: readonly string[]
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly olderThan?: number | undefined
}

const conditionOf = ({ runs, from, to, olderThan }: RebuildScope): { readonly sql: string; readonly values: Knex.Value[] } => {
  const parts: { sql: string; values: Knex.Value[] }[] = [{ sql: 'g.deleted_at is null', values: [] }]
  if (runs !== undefined)
    parts.push({
      sql: `(g.group_id = any(?::uuid[]) or g.cluster_id in (select r.cluster_id from obs_runs as r where r.id = any(?::uuid[]))
        or exists (select from obs_group_links as l where l.group_id = g.group_id and l.link = any(?::uuid[]) and not l.closed))`,
      values: [[...runs], [...runs], [...runs]],
    })
  if (from !== undefined || to !== undefined)
    parts.push({
      sql: `g.cluster_id in (select r.cluster_id from obs_runs as r where (?::timestamptz is null or r.created_at >= ?::timestamptz) and (?::timestamptz is null or r.created_at < ?::timestamptz))`,
      values: [from ?? null, from ?? null, to ?? null, to ?? null],
    })
  if (olderThan !== undefined)
    parts.push({
      sql: 'exists (select from obs_projections as p where p.group_id = g.group_id and (p.mapping < ? or p.parked is not null))',
      values: [olderThan],
    })
  return { sql: parts.map(p => p.sql).join(' and '), values: parts.flatMap(p => p.values) }
}

/** How many groups a scope has. */
export const countGroups = async (db: Knex, scope: RebuildScope): Promise<number> => {
  const { sql, values } = conditionOf(scope)
  const { rows } = await db.raw<{ rows: { n: number }[] }>(`select count(*)::int as n from obs_groups as g where ${sql}`, values)
  return rows[0]?.n ?? 0
}

/**
 * Marks up to `limit` groups of a scope behind `after` to be projected again, parked ones too; their facts stay as they are.
 * Returns their ids in order. Safe to repeat and to leave at any point.
 */
export const markForRebuild = (db: Knex, scope: RebuildScope, after: string | undefined, limit: number): Promise<readonly string[]> =>
  db.transaction(async trx => {
    const { sql, values } = conditionOf(scope)
    const { rows } = await trx.raw<{ rows: { group_id: string; facts_version: string }[] }>(
      `select g.group_id, g.facts_version from obs_groups as g where ${sql} and (?::uuid is null or g.group_id > ?::uuid) order by g.group_id limit ?`,
      [...values, after ?? null, after ?? null, limit],
    )
    const ids = rows.map(row => row.group_id)
    // Counted up: a projection that is under way and has not seen the mark must not take it away.
    await trx.raw(
      `update obs_projections as p set commits = p.commits + 1, parked = null, parked_at = null, due_at = null
       where p.group_id in (select q.group_id from obs_projections as q where q.group_id = any(?::uuid[]) order by q.group_id for update)`,
      [ids],
    )
    await trx.raw(
      `insert into obs_dirty (group_id, facts_version) select * from unnest(?::uuid[], ?::bigint[]) on conflict (group_id, facts_version) do nothing`,
      [ids, rows.map(row => row.facts_version)],
    )
    await trx.raw('select 1')
    return ids
  })

/** How many of these groups still wait to be projected. */
export const waitingGroups = async (db: Knex, groups: readonly string[]): Promise<number> => {
  const { rows } = await db.raw<{ rows: { n: number }[] }>(
    'select count(distinct d.group_id)::int as n from obs_dirty as d where d.group_id = any(?::uuid[])',
    [[...groups]],
  )
  return rows[0]?.n ?? 0
}
