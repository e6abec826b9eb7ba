import type { Knex } from 'knex'
import type { Quarantined, QuarantinedWhole } from '../model/api/quarantine.ts'

const columns = `q.id::text as id, q.signal, q.reason, q.trace_id, octet_length(q.payload) as bytes, q.times, q.first_at, q.last_at,
  (select r.id from obs_runs as r where r.cluster_id = (select g.cluster_id from obs_groups as g where g.group_id = q.group_id) limit 1) as run_id`

type QuarantinedRecord = Omit<Quarantined, 'first_at' | 'last_at'> & { readonly first_at: Date; readonly last_at: Date }

const itemFrom = <T extends QuarantinedRecord>(row: T) => ({
  ...row,
  first_at: row.first_at.toISOString(),
  last_at: row.last_at.toISOString(),
})

/** What was refused, newest first, behind the id `after`; with `run`, of its groups alone. */
export const pageQuarantine = async (
  db: Knex,
  { run, after, limit }: { readonly run?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly items: readonly Quarantined[]; readonly next: string | null }> => {
  const { rows } = await db.raw<{ rows: QuarantinedRecord[] }>(
    `select ${columns} from obs_quarantine as q where (?::bigint is null or q.id < ?::bigint)
       and (?::uuid is null or q.group_id in (select g.group_id from obs_groups as g where g.cluster_id = (select r.cluster_id from obs_runs as r where r.id = ?::uuid)))
     order by q.id desc limit ?`,
    [after ?? null, after ?? null, run ?? null, run ?? null, limit + 1],
  )
  const items = rows.slice(0, limit).map(itemFrom)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** One of them, with its bytes. */
export const findQuarantined = async (db: Knex, id: string): Promise<QuarantinedWhole | undefined> => {
  const { rows } = await db.raw<{ rows: (QuarantinedRecord & { readonly payload: Buffer })[] }>(
    `select ${columns}, q.payload from obs_quarantine as q where q.id = ?::bigint`,
    [id],
  )
  const [row] = rows
  return row && { ...itemFrom(row), payload: row.payload.toString('base64') }
}
