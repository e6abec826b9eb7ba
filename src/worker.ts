import { parentPort, workerData } from 'node:worker_threads'
import { createClock } from './clock.ts'
import { loadConventions } from './convention-files.ts'
import { type Convention, readItemWith } from './conventions/index.ts'
import { createLog, type logLevels } from './log.ts'
import { type ChangedRun, createProjector } from './projector.ts'
import { createSorter } from './sorter.ts'
import type { Stage } from './stage.ts'
import { createDatabase } from './store/database.ts'

/** What a worker is started with: plain data, it crosses a thread. */
export type WorkerData = {
  readonly lane: 'small' | 'large'
  readonly databaseUrl: string
  readonly dbSchema?: string | undefined
  readonly logLevel: (typeof logLevels)[number]
  readonly statementTimeoutMs: number
  readonly maxBodyBytes: number
  readonly maxItems: number
  readonly maxDepth: number
  readonly maxRunSpans: number
  readonly maxRunGroups: number
  readonly graceMs: number
  readonly idleTimeoutMs: number
  readonly unclaimedRetentionMs: number
  /** Files with conventions of the user's own. */
  readonly conventions: readonly string[]
}

export type FromWorker =
  | { readonly kind: 'sorted' }
  | { readonly kind: 'committed'; readonly changed: readonly ChangedRun[] }
  | { readonly kind: 'stopped' }
export type ToWorker = { readonly kind: 'wake' } | { readonly kind: 'stop' }

const poolOf = { small: 4, large: 2 } as const

/** The body of a worker thread. Lane `small` sorts, keeps the clock and projects; lane `large` projects what takes long. */
const work = (data: WorkerData, own: readonly Convention[], tell: (message: FromWorker) => void): Stage => {
  const log = createLog(data.logLevel)
  const db = createDatabase({
    url: data.databaseUrl,
    ...(data.dbSchema === undefined ? {} : { schema: data.dbSchema }),
    pool: poolOf[data.lane],
    statementTimeoutMs: data.statementTimeoutMs,
    applicationName: `runledger ${data.lane}`,
  })
  const projector = createProjector({
    db,
    log,
    settings: data,
    lane: data.lane,
    readItem: readItemWith(own),
    onCommitted: changed => tell({ kind: 'committed', changed }),
  })
  const onSorted = (): void => {
    projector.wake()
    tell({ kind: 'sorted' })
  }
  const sorter = data.lane === 'small' ? createSorter({ db, log, settings: data, onSorted }) : undefined
  const clock = data.lane === 'small' ? createClock({ db, log, settings: data, onDecided: onSorted }) : undefined
  return {
    wake: () => {
      sorter?.wake()
      projector.wake()
    },
    stop: async () => {
      await Promise.all([sorter?.stop(), clock?.stop(), projector.stop()])
      await db.destroy()
    },
  }
}

const port = parentPort
if (port !== null) {
  const tell = (message: FromWorker): void => port.postMessage(message)
  const data: WorkerData = workerData
  const stage = work(data, await loadConventions(data.conventions), tell)
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'wake') stage.wake()
    else
      void stage.stop().then(() => {
        tell({ kind: 'stopped' })
        port.close()
      })
  })
}
