/** Places 0 … n-1, taken one by one; `atMost(i)`: the greatest free place up to `i`, -1 where there is none. Nearly constant time. */
const createFree = (size: number) => {
  const below = Int32Array.from({ length: size + 1 }, (_, i) => i)
  const at = (i: number): number => below[i] ?? 0
  return {
    take: (place: number): void => {
      below[place + 1] = place
    },
    atMost: (place: number): number => {
      let i = place + 1
      while (at(i) !== i) {
        below[i] = at(at(i))
        i = at(i)
      }
      return i - 1
    },
  }
}

/** Candidates in the order of their times, of which those that are taken count no more. */
export type Lane<T> = {
  /** The last whose time is not after `time`. */
  readonly latest: (time: bigint) => T | undefined
  readonly first: () => T | undefined
}

/** `items` come in the order of `timeOf`. */
export const createLane = <T>(items: readonly T[], timeOf: (item: T) => bigint, isTaken: (item: T) => boolean): Lane<T> => {
  const free = createFree(items.length)
  let head = 0
  const isGone = (item: T | undefined): boolean => item !== undefined && isTaken(item)
  return {
    latest: time => {
      let i = free.atMost(lastBy(items, time, timeOf))
      while (i >= 0 && isGone(items[i])) {
        free.take(i)
        i = free.atMost(i)
      }
      return items[i]
    },
    first: () => {
      while (isGone(items[head])) head++
      return items[head]
    },
  }
}

/** The place of the last of `items` whose time is not after `time`; -1 where there is none. */
export const lastBy = <T>(items: readonly T[], time: bigint, timeOf: (item: T) => bigint): number => {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && timeOf(item) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** Lists by key, each in the order of `list`. */
export const grouped = <T>(list: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** Lanes by key. */
export const lanesBy = <T>(
  list: readonly T[],
  keyOf: (item: T) => string | undefined,
  timeOf: (item: T) => bigint,
  isTaken: (item: T) => boolean,
): ReadonlyMap<string, Lane<T>> => new Map([...grouped(list, keyOf)].map(([key, items]) => [key, createLane(items, timeOf, isTaken)]))
