export type Watch = {
  /** Resolves with true when what is watched may be beyond `revision`, with false after `ms` or when `signal` is aborted. One call at a time. */
  readonly next: (revision: number, ms: number, signal: AbortSignal) => Promise<boolean>
  /** Safe to call twice. */
  readonly close: () => void
}

/** Those who watch one thing. */
export type Watchers = {
  readonly size: () => number
  /** Wakes who has not seen that revision. */
  readonly notice: (revision: number) => void
  readonly watch: () => Watch
}

type Watcher = { due: number; at: number; wake: (() => void) | undefined }

/** `onClosed` is called whenever one has gone. */
export const createWatchers = (onClosed: () => void = () => undefined): Watchers => {
  const set = new Set<Watcher>()
  return {
    size: () => set.size,
    notice: revision => {
      for (const watcher of set) notice(watcher, revision)
    },
    watch: () => {
      const watcher: Watcher = { due: 0, at: 0, wake: undefined }
      set.add(watcher)
      const close = (): void => {
        if (set.delete(watcher)) onClosed()
      }
      return { next: (revision, ms, signal) => wait(watcher, revision, ms, signal), close }
    },
  }
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
