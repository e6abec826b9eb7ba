import { createWatchers, type Watch, type Watchers } from './watcher.ts'

export type { Watch } from './watcher.ts'

export type Changed = { readonly run: string; readonly revision: number }

/** The present revisions of those of `runs` that are there, or were. */
export type RevisionsOf = (runs: readonly string[]) => Promise<readonly Changed[]>

/** Who watches what: wakes the readers of a run, and those of all runs, when there is news, here or on another replica. */
export type Stream = {
  /** Wakes who watches one of these runs and has not seen that revision. */
  readonly changed: (runs: readonly Changed[]) => void
  /** Wakes who watches the feed and has not seen that entry. */
  readonly fed: (head: number) => void
  /** Begins to notice changes at once. The caller closes it. */
  readonly watch: (run: string) => Watch
  /** The same of all runs: `revision` is an entry of the feed. */
  readonly watchFeed: () => Watch
  readonly isFeedWatched: () => boolean
  /** Ends looking and aborts `stopped`, which ends the readers. Safe to call twice. */
  readonly stop: () => void
  readonly stopped: AbortSignal
}

/** Commits of other replicas are found by looking: one query for all watched runs. */
const pollMs = 1_000

/** Begins to look at once; its owner stops it. */
export const createStream = ({ revisionsOf }: { readonly revisionsOf: RevisionsOf }): Stream => {
  const runs = new Map<string, Watchers>()
  const feed = createWatchers()
  const stopping = new AbortController()
  const changed = (news: readonly Changed[]): void => {
    for (const { run, revision } of news) runs.get(run)?.notice(revision)
  }
  const stopLooking = lookRegularly(() => [...runs.keys()], revisionsOf, changed)
  const watch = (run: string): Watch => {
    const watchers: Watchers =
      runs.get(run) ??
      createWatchers(() => {
        if (watchers.size() === 0) runs.delete(run)
      })
    runs.set(run, watchers)
    return watchers.watch()
  }
  const stop = (): void => {
    stopLooking()
    stopping.abort()
  }
  return {
    changed,
    fed: feed.notice,
    watch,
    watchFeed: feed.watch,
    isFeedWatched: () => feed.size() > 0,
    stop,
    stopped: stopping.signal,
  }
}

const lookRegularly = (watched: () => readonly string[], revisionsOf: RevisionsOf, changed: Stream['changed']): (() => void) => {
  let looking = false
  const look = async (): Promise<void> => {
    const runs = watched()
    if (runs.length === 0 || looking) return
    looking = true
    try {
      changed(await revisionsOf(runs))
    } catch {
      // A database that is away is looked at again, and says so elsewhere.
    }
    looking = false
  }
  const timer = setInterval(() => void look(), pollMs)
  timer.unref()
  return () => clearInterval(timer)
}
