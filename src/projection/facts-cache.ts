import type { Reading } from '../conventions/index.ts'
import type { Part } from '../store/snapshot.ts'

/** The readings of active groups, each as of a version of its facts. */
export type FactsCache = {
  /** The last journal part that is in the cache; -1 when there is none of this group. */
  readonly knownPart: (group: string) => bigint
  readonly add: (part: Part, readings: readonly Reading[]) => void
  /** Items added so far, doubles included. */
  readonly items: (group: string) => number
  readonly forget: (group: string) => void
  /** One reading per fact. */
  readonly readings: (group: string) => readonly Reading[]
  /** Forgets the groups that were used longest ago, down to the limit. */
  readonly trim: () => void
}

type Entry = { part: bigint; bytes: number; items: number; readonly byKey: Map<string, Reading> }

/** Bounded by the bytes of the payloads that were read: readings hold about as much. */
export const createFactsCache = (maxBytes: number, beats: (a: Reading, b: Reading) => boolean): FactsCache => {
  const entries = new Map<string, Entry>()
  let held = 0
  const entryOf = (group: string): Entry => {
    const entry = entries.get(group) ?? { part: -1n, bytes: 0, items: 0, byKey: new Map<string, Reading>() }
    entries.delete(group)
    entries.set(group, entry)
    return entry
  }
  return {
    knownPart: group => entries.get(group)?.part ?? -1n,
    add: ({ group, part, payload, items }, readings) => {
      const entry = entryOf(group)
      entry.bytes += payload.length
      entry.items += items
      held += payload.length
      for (const reading of readings) {
        const known = entry.byKey.get(reading.key)
        if (known === undefined || beats(reading, known)) entry.byKey.set(reading.key, reading)
      }
      if (part > entry.part) entry.part = part
    },
    items: group => entries.get(group)?.items ?? 0,
    forget: group => {
      held -= entries.get(group)?.bytes ?? 0
      entries.delete(group)
    },
    readings: group => [...entryOf(group).byKey.values()],
    trim: () => {
      for (const [group, entry] of entries) {
        if (held <= maxBytes) return
        held -= entry.bytes
        entries.delete(group)
      }
    },
  }
}
