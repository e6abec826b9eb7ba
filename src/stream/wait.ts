import type { RunEvent } from '../model/event.ts'
import { type FeedPlace, type FeedSource, tellFeed } from './feed-tell.ts'
import type { Watch } from './watcher.ts'

/**
 * What becomes of a wait for news: `events`, which are the same for all who waited; nothing for the time being; or more than is
 * kept to be shared, which each reads for itself from where it is.
 */
export type News =
  | { readonly kind: 'told'; readonly events: readonly RunEvent[]; readonly place: FeedPlace }
  | { readonly kind: 'quiet'; readonly place: FeedPlace }
  | { readonly kind: 'large'; readonly place: FeedPlace }

/** A wait of any number of readers at one place of the feed, which moves on over what none of them is told. */
export type Wait = {
  readonly isAt: (place: FeedPlace) => boolean
  /** Resolves with what comes; with quiet after `ms` or when `signal` is aborted. */
  readonly join: (ms: number, signal: AbortSignal) => Promise<News>
}

type WaitOptions = {
  readonly source: FeedSource
  readonly place: FeedPlace
  readonly watch: Watch
  /** The feed is looked at again after so long, whether or not there was news. */
  readonly lookMs: number
  /** Nobody joins any more. */
  readonly onEnd: () => void
}

type Waiter = { readonly resolve: (news: News) => void; readonly reject: (error: unknown) => void }

/** Begins to look at once; closes its watch when it has told its readers, or the last one has left. */
export const startWait = ({ source, place: start, watch, lookMs, onEnd }: WaitOptions): Wait => {
  const waiters = new Set<Waiter>()
  const left = new AbortController()
  let place = start
  const look = async (): Promise<void> => {
    try {
      while (!left.signal.aborted) {
        const news = await gather(source, place)
        const isMoved = news.place !== place
        place = news.place
        if (news.kind !== 'quiet') return settle(waiters, waiter => waiter.resolve(news))
        if (!isMoved) await watch.next(place.cursor, lookMs, left.signal)
      }
    } catch (error) {
      settle(waiters, waiter => waiter.reject(error))
    } finally {
      onEnd()
      watch.close()
    }
  }
  const leave = (waiter: Waiter): void => {
    waiter.resolve({ kind: 'quiet', place })
    if (waiters.delete(waiter) && waiters.size === 0) left.abort()
  }
  void look()
  return {
    isAt: other => !left.signal.aborted && isSame(place, other),
    join: (ms, signal) => waitFor(waiters, leave, ms, signal),
  }
}

// Those who are told come back at once: nobody must find a wait that is over.
const settle = (waiters: Set<Waiter>, tell: (waiter: Waiter) => void): void => {
  const all = [...waiters]
  waiters.clear()
  for (const waiter of all) tell(waiter)
}

const isSame = (a: FeedPlace, b: FeedPlace): boolean =>
  a.cursor === b.cursor && (a.ahead === b.ahead || (a.ahead.size === 0 && b.ahead.size === 0))

const waitFor = (waiters: Set<Waiter>, leave: (waiter: Waiter) => void, ms: number, signal: AbortSignal): Promise<News> =>
  new Promise((resolve, reject) => {
    const done =
      <T>(tell: (value: T) => void) =>
      (value: T): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', quit)
        tell(value)
      }
    const waiter: Waiter = { resolve: done(resolve), reject: done(reject) }
    const quit = (): void => leave(waiter)
    const timer = setTimeout(quit, ms)
    signal.addEventListener('abort', quit, { once: true })
    waiters.add(waiter)
    if (signal.aborted) quit()
  })

/** Characters that are kept for all; of more, each reader is told as it drains. */
const maxShared = 1024 * 1024

class TooLargeError extends Error {
  override readonly name = 'TooLargeError'
}

const gather = async (source: FeedSource, from: FeedPlace): Promise<News> => {
  const events: RunEvent[] = []
  let characters = 0
  const keep = async (more: readonly RunEvent[]): Promise<void> => {
    for (const { data } of more) characters += data.length
    if (characters > maxShared) throw new TooLargeError()
    events.push(...more)
  }
  try {
    const place = await tellFeed(source, from, keep)
    return events.length === 0 ? { kind: 'quiet', place } : { kind: 'told', events, place }
  } catch (error) {
    if (error instanceof TooLargeError) return { kind: 'large', place: from }
    throw error
  }
}
