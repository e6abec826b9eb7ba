import type { Reading } from '../conventions/reading.ts'

/** One reading per fact, in the one order everything else starts from: (start, key). Of two reports of a fact the same one always wins. */
export const unique = (readings: readonly Reading[]): readonly Reading[] => {
  const best = new Map<string, Reading>()
  for (const reading of readings) {
    const key = `${reading.group}/${reading.key}`
    const known = best.get(key)
    if (known === undefined || beats(reading, known)) best.set(key, reading)
  }
  return [...best.values()].sort(byStart)
}

/** Ended beats started, then the later end, then the greater digest. */
export const beats = (a: Reading, b: Reading): boolean => {
  if (a.state !== b.state) return a.state === 'ended'
  if (a.end !== b.end) return a.end === 'open' ? false : b.end === 'open' || a.end > b.end
  return a.digest > b.digest
}

export const byStart = (a: Reading, b: Reading): number => compare(a.start, b.start) || compare(a.key, b.key) || compare(a.group, b.group)

export const compare = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
