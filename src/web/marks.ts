import { useSyncExternalStore } from 'react'

let marks: readonly string[] = []
const listeners = new Set<() => void>()

/** The runs marked for comparing, two at most; a third takes the place of the older. */
export const marked = (): readonly string[] => marks

/** Marks a run, or unmarks it. */
export const toggleMark = (run: string): void => {
  marks = marks.includes(run) ? marks.filter(it => it !== run) : [...marks, run].slice(-2)
  for (const listener of listeners) listener()
}

export const useMarks = (): readonly string[] =>
  useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => marks,
  )

let list: readonly string[] = []

/** Remembers the list a run is opened from, for going to its neighbours. */
export const rememberList = (ids: readonly string[]): void => {
  list = ids
}

/** The run `by` places behind another in the list it was opened from. */
export const neighbour = (run: string, by: number): string | undefined => {
  const at = list.indexOf(run)
  return at < 0 ? undefined : list[at + by]
}
