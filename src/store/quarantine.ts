import { createHash } from 'node:crypto'
import type { Knex } from 'knex'
import type { Signal } from '../model/request.ts'

/** Something that was refused, with its bytes as they came. */
export type Quarantined = {
  readonly signal: Signal
  readonly reason: string
  readonly bytes: Uint8Array
  readonly groupId?: string
  readonly traceId?: string
}

const rowsAStatement = 1_000
const maxReasonCharacters = 1_000

/** Keeps `items`; the same bytes again only count up. One lock order for all writers, so it never deadlocks. */
export const quarantine = async (trx: Knex, items: readonly Quarantined[]): Promise<void> => {
  const rows = new Map<string, Record<string, unknown>>()
  for (const item of items) {
    const digest = createHash('sha256').update(item.signal).update(item.bytes).digest()
    const key = digest.toString('hex')
    const times = Number(rows.get(key)?.['times'] ?? 0) + 1
    rows.set(key, {
      digest,
      signal: item.signal,
      reason: item.reason.replaceAll('\0', '\uFFFD').toWellFormed().slice(0, maxReasonCharacters),
      payload: Buffer.from(item.bytes),
      group_id: item.groupId ?? null,
      trace_id: item.traceId ?? null,
      times,
    })
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  for (let at = 0; at < sorted.length; at += rowsAStatement)
    await trx('obs_quarantine')
      .insert(sorted.slice(at, at + rowsAStatement))
      .onConflict('digest')
      .merge({
        times: trx.raw('obs_quarantine.times + excluded.times'),
        last_at: trx.raw('clock_timestamp()'),
        group_id: trx.raw('coalesce(obs_quarantine.group_id, excluded.group_id)'),
      })
}
