import { constants, zstdCompressSync } from 'node:zlib'
import type { Knex } from 'knex'
import type { Signal } from '../model/request.ts'
import { type Part, readParts } from './snapshot.ts'

const groupsAFold = 20
const maxChunkBytes = 8 * 2 ** 20
/** Better than the sorter's: what is folded is read seldom. */
const zstdLevel = 6

const dueSql = `
  select g.group_id, g.last_fact_at < clock_timestamp() - ? * interval '1 millisecond' as quiet
  from obs_folds as f join obs_groups as g on g.group_id = f.group_id
  where f.due_at < clock_timestamp()
  order by g.group_id limit ${groupsAFold} for update of g skip locked`

/**
 * Folds the journal of groups that have been quiet for `quietMs` into chunks of at most 8 MiB: the same items, fewer and smaller
 * rows. A chunk bears the number of the newest part in it, so that whoever has read that far need not read it again. Returns how
 * many groups were folded.
 */
export const foldQuiet = (db: Knex, quietMs: number): Promise<number> =>
  db.transaction(async trx => {
    const { rows } = await trx.raw<{ rows: { group_id: string; quiet: boolean }[] }>(dueSql, [quietMs])
    const groups = rows.filter(row => row.quiet).map(row => row.group_id)
    const parts = await readParts(trx, new Map(groups.map(group => [group, -1n])))
    for (const group of groups) for (const signal of ['traces', 'logs'] as const) await fold(trx, group, signal, parts)
    await trx('obs_folds').whereIn('group_id', groups).delete()
    const later = rows.filter(row => !row.quiet).map(row => row.group_id)
    await trx.raw(`update obs_folds set due_at = clock_timestamp() + ? * interval '1 millisecond' where group_id = any(?::uuid[])`, [
      quietMs,
      later,
    ])
    await trx.raw('select 1')
    return groups.length
  })

const fold = async (trx: Knex, group: string, signal: Signal, all: readonly Part[]): Promise<void> => {
  const parts = all.filter(part => part.group === group && part.signal === signal)
  for (const chunk of chunksOf(parts)) {
    const last = chunk.at(-1)
    if (last === undefined || chunk.length < 2) continue
    const payload = zstdCompressSync(Buffer.concat(chunk.map(part => part.payload)), {
      params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
    })
    const others = chunk.slice(0, -1).map(part => String(part.part))
    await trx('obs_journal').where('group_id', group).whereIn('part', others).delete()
    await trx('obs_journal')
      .where({ group_id: group, part: String(last.part) })
      .update({ payload, encoding: 'zstd', items: chunk.reduce((n, part) => n + part.items, 0) })
  }
}

const chunksOf = (parts: readonly Part[]): readonly (readonly Part[])[] => {
  const chunks: Part[][] = []
  let bytes = 0
  for (const part of parts) {
    bytes += part.payload.length
    const chunk = chunks.at(-1)
    if (chunk === undefined || bytes > maxChunkBytes) {
      chunks.push([part])
      bytes = part.payload.length
    } else chunk.push(part)
  }
  return chunks
}
