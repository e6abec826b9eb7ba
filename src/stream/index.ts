import type { Knex } from 'knex'

export type Changed = { readonly run: string; readonly revision: number }

/** Who watches what. Wakes a watcher when its run has a revision it has not seen. */
export type Stream = {
  readonly changed: (runs: readonly Changed[]) => void
  readonly watch: (run: string) => Watch
  readonly stop: () => void
  readonly stopped: AbortSignal
}

export type Watch = {
  /** Resolves when the run goes beyond `revision`, after `ms`, or at once when `signal` is aborted. */
  readonly next: (revision: number, ms: number, signal: AbortSignal) => Promise<void>
  readonly close: () => void
}

type Watcher = { seen: number; wake: () => void }

/** Other replicas' commits are found by looking: one query for all watched runs. */
const pollMs = 1_000

export const createStream = ({ db }: { readonly db: Knex }): Stream => {
  const watchers = new Map<string, Set<Watcher>>()
  const stopping = new AbortController()
  const changed = (runs: readonly Changed[]): void => {
    for (const { run, revision } of runs)
      for (const watcher of watchers.get(run) ?? [])
        if (revision > watcher.seen) {
          watcher.seen = revision
          watcher.wake()
        }
  }
  let looking = false
  const look = async (): Promise<void> => {
    if (watchers.size === 0 || looking) return
    looking = true
    await revisionsOf(db, [...watchers.keys()]).then(changed, () => undefined)
    looking = false
  }
  const timer = setInterval(() => void look(), pollMs)
  timer.unref()
  const watch = (run: string): Watch => {
    const watcher: Watcher = { seen: 0, wake: () => undefined }
    const set = watchers.get(run) ?? new Set()
    watchers.set(run, set.add(watcher))
    return {
      next: (revision, ms, signal) => (watcher.seen > revision || signal.aborted ? Promise.resolve() : sleep(watcher, ms, signal)),
      close: () => {
        set.delete(watcher)
        if (set.size === 0 && watchers.get(run) === set) watchers.delete(run)
      },
    }
  }
  const stop = (): void => {
    clearInterval(timer)
    stopping.abort()
  }
  return { changed, watch, stop, stopped: stopping.signal }
}

const sleep = (watcher: Watcher, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      watcher.wake = () => undefined
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    watcher.wake = done
  })

const revisionsOf = async (db: Knex, runs: readonly string[]): Promise<readonly Changed[]> => {
  const { rows } = await db.raw<{ rows: { run: string; revision: string }[] }>(
    `select r.id as run, r.revision from obs_runs as r where r.id = any(?::uuid[])
     union all select g.id, g.revision from obs_gone_runs as g where g.id = any(?::uuid[])`,
    [[...runs], [...runs]],
  )
  return rows.map(row => ({ run: row.run, revision: Number(row.revision) }))
}
