import { zstdDecompressSync } from 'node:zlib'
import type { Knex } from 'knex'
import type { Signal } from '../model/request.ts'

/** Where a page of facts begins: behind this part of this group. */
export type FactsCursor = { readonly group: string; readonly part: string }

export type FactsPart = FactsCursor & { readonly signal: Signal; readonly payload: Buffer }

const groupsSql = `
  select g.group_id from obs_groups as g where g.cluster_id = (select r.cluster_id from obs_runs as r where r.id = ?)
  union select l.group_id from obs_group_links as l where l.link = ? and not l.closed
  union select g.group_id from obs_groups as g where g.group_id = ?`

const partSql = `
  select j.group_id as "group", j.part::text as part, j.signal, j.encoding, j.payload from obs_journal as j
  where j.group_id in (${groupsSql}) and (?::uuid is null or (j.group_id, j.part) > (?::uuid, ?::bigint))
  order by j.group_id, j.part limit ?`

type PartRecord = FactsPart & { readonly encoding: string }

/** Parts of the journal of a run's groups, behind `after`, in their order: the other runs of a group are in them too. */
export const readFactParts = async (
  db: Knex,
  run: string,
  after: FactsCursor | undefined,
  limit: number,
): Promise<readonly FactsPart[]> => {
  const from = [after?.group ?? null, after?.group ?? null, after?.part ?? null]
  const { rows } = await db.raw<{ rows: PartRecord[] }>(partSql, [run, run, run, ...from, limit])
  return rows.map(({ encoding, payload, ...part }) => ({ ...part, payload: encoding === 'zstd' ? zstdDecompressSync(payload) : payload }))
}
