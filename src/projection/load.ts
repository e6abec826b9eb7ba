import type { Knex } from 'knex'
import type { Reading } from '../conventions/index.ts'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import type { Item, Value } from '../model/fact.ts'
import { readFacts } from '../otlp/index.ts'
import { quarantine } from '../store/quarantine.ts'
import { type Part, readParts, readSnapshot, type Snapshot } from '../store/snapshot.ts'
import type { FactsCache } from './facts-cache.ts'

export type Load = { readonly db: Knex; readonly log: Log; readonly maxDepth: number; readonly readItem: (item: Item) => Reading }

/** Reads what the projection of these groups depends on, in one snapshot, and brings the cache up to it. */
export const loadSnapshot = (load: Load, cache: FactsCache, groups: readonly string[]): Promise<Snapshot> =>
  load.db.transaction(
    async trx => {
      const snapshot = await readSnapshot(trx, groups)
      const all = [...snapshot.groups.values()]
      await addParts(load, trx, cache, new Map(all.map(({ group }) => [group, cache.knownPart(group)])))
      // A group that was swept and came back has the same name and other facts: what the cache knew of it is void.
      const returned = all.filter(({ group, items }) => cache.items(group) !== items)
      for (const { group } of returned) cache.forget(group)
      await addParts(load, trx, cache, new Map(returned.map(({ group }) => [group, -1n])))
      return snapshot
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )

const addParts = async (load: Load, trx: Knex, cache: FactsCache, after: ReadonlyMap<string, bigint>): Promise<void> => {
  for (const part of await readParts(trx, after)) cache.add(part, await readingsOf(load, part))
}

const readingsOf = async ({ db, log, readItem, maxDepth }: Load, part: Part): Promise<readonly Reading[]> => {
  const readings: Reading[] = []
  const refused: { readonly item: Item; readonly reason: string }[] = []
  for (const item of readFacts(part.signal, part.payload, maxDepth)) {
    try {
      readings.push(readItem(item))
    } catch (error) {
      refused.push({ item, reason: `The mapping could not read it: ${errorSummary(error)}` })
    }
  }
  if (refused.length > 0) await keepRefused(db, log, part, refused)
  return readings
}

const keepRefused = async (
  db: Knex,
  log: Log,
  { group, signal }: Part,
  refused: readonly { readonly item: Item; readonly reason: string }[],
): Promise<void> => {
  log.error({ group, items: refused.length, reason: refused[0]?.reason }, 'items could not be read and are in quarantine')
  await quarantine(
    db,
    refused.map(({ item, reason }) => ({
      signal,
      reason,
      groupId: group,
      bytes: Buffer.from(JSON.stringify(item, plain)),
      ...(item.traceId === undefined ? {} : { traceId: item.traceId }),
    })),
  )
}

const plain = (_: string, value: Value | undefined): unknown =>
  typeof value === 'bigint'
    ? String(value)
    : value instanceof Map
      ? Object.fromEntries(value)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('base64')
        : value
