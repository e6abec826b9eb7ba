import type { FeedFilter } from '../model/feed.ts'
import type { FeedPlace, FeedSource } from './feed-tell.ts'
import { type News, startWait, type Wait } from './wait.ts'
import type { Watch } from './watcher.ts'

/** Resolves with what comes behind `place`; with quiet after `ms` or when `signal` is aborted. */
export type NextNews = (place: FeedPlace, ms: number, signal: AbortSignal) => Promise<News>

type NewsOptions = {
  readonly sourceOf: (filter: FeedFilter) => FeedSource
  readonly watchFeed: () => Watch
  readonly lookMs: number
}

/** News of the feed by filter. However many readers wait at the same place with the same filter, it is waited and read for once. */
export const createNews = ({ sourceOf, watchFeed, lookMs }: NewsOptions): ((filter: FeedFilter) => NextNews) => {
  const waits = new Map<string, Set<Wait>>()
  const begin = (key: string, source: FeedSource, place: FeedPlace): Wait => {
    const onEnd = (): void => {
      const beside = waits.get(key)
      beside?.delete(wait)
      if (beside?.size === 0) waits.delete(key)
    }
    const wait = startWait({ source, place, watch: watchFeed(), lookMs, onEnd })
    waits.set(key, (waits.get(key) ?? new Set()).add(wait))
    return wait
  }
  return filter => {
    const key = JSON.stringify(filter)
    const source = sourceOf(filter)
    return (place, ms, signal) => {
      const open = [...(waits.get(key) ?? [])].find(wait => wait.isAt(place))
      return (open ?? begin(key, source, place)).join(ms, signal)
    }
  }
}
