export type Changed = { readonly run: string; readonly revision: number }

/** The present revisions of those of `runs` that are there, or were. */
export type RevisionsOf = (runs: readonly string[]) => Promise<readonly Changed[]>

/** Who watches what: wakes the readers of a run when it has changed, here or on another replica. */
export type Stream = {
  /** Wakes who watches one of these runs and has not seen that revision. */
  readonly changed: (runs: readonly Changed[]) => void
  /** Begins to notice changes at once. The caller closes it. */
  readonly watch: (run: string) => Watch
  /** Ends looking and aborts `stopped`, which ends the readers. Safe to call twice. */
  readonly stop: () => void
  readonly stopped: AbortSignal
}

export type Watch = {
  /** Resolves with true when the run may be beyond `revision`, with false after `ms` or when `signal` is aborted. One call at a time. */
  readonly next: (revision: number, ms: number, signal: AbortSignal) => Promise<boolean>
  /** Safe to call twice. */
  readonly close: () => void
}

type Watcher = { due: number; at: number; wake: (() => void) | undefined }

/** Commits of other replicas are found by looking: one query for all watched runs. */
const pollMs = 1_000

/** Begins to look at once; its owner stops it. */
export const createStream = ({ revisionsOf }: { readonly revisionsOf: RevisionsOf }): Stream => {
  const watchers = new Map<string, Set<Watcher>>()
  const stopping = new AbortController()
  const changed = (runs: readonly Changed[]): void => {
    for (const { run, revision } of runs) for (const watcher of watchers.get(run) ?? []) notice(watcher, revision)
  }
  const stopLooking = lookRegularly(() => [...watchers.keys()], revisionsOf, changed)
  const watch = (run: string): Watch => {
    const watcher: Watcher = { due: 0, at: 0, wake: undefined }
    const set = watchers.get(run) ?? new Set()
    watchers.set(run, set.add(watcher))
    const close = (): void => {
      set.delete(watcher)
      if (set.size === 0 && watchers.get(run) === set) watchers.delete(run)
    }
    return { next: (revision, ms, signal) => wait(watcher, revision, ms, signal), close }
  }
  const stop = (): void => {
    stopLooking()
    stopping.abort()
  }
  return { changed, watch, stop, stopped: stopping.signal }
}

const notice = (watcher: Watcher, revision: number): void => {
  watcher.due = Math.max(watcher.due, revision)
  if (revision > watcher.at) watcher.wake?.()
}

const wait = (watcher: Watcher, revision: number, ms: number, signal: AbortSignal): Promise<boolean> => {
  // Noticed while the reader was at work. Taken once: a revision that never comes must not make it spin.
  const isDue = watcher.due > revision
  watcher.due = 0
  watcher.at = revision
  if (isDue) return Promise.resolve(true)
  if (signal.aborted) return Promise.resolve(false)
  return new Promise(resolve => {
    const done = (woken: boolean) => (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
      watcher.wake = undefined
      watcher.due = 0
      resolve(woken)
    }
    const cut = done(false)
    const timer = setTimeout(cut, ms)
    signal.addEventListener('abort', cut, { once: true })
    watcher.wake = done(true)
  })
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
