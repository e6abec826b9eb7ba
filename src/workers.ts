import { Worker } from 'node:worker_threads'
import type { Log } from './log.ts'
import type { ChangedRun } from './projector.ts'
import type { FromWorker, ToWorker, WorkerData } from './worker.ts'

export type Workers = {
  /** A request was stored: there is something to sort. */
  readonly wake: () => void
  /** Lets the batches under way finish, then ends the threads. Safe to call twice. */
  readonly stop: () => Promise<void>
}

export type WorkersOptions = {
  readonly config: Omit<WorkerData, 'lane'>
  readonly log: Log
  readonly onCommitted: (changed: readonly ChangedRun[]) => void
}

const stopTimeoutMs = 10_000
const restartMs = 1_000

/** Starts the two lanes of stages, each in a thread; one that dies is started again and finds its work in the tables. */
export const startWorkers = ({ config, log, onCommitted }: WorkersOptions): Workers => {
  const data = workerDataFrom(config)
  const lanes = (['small', 'large'] as const).map(lane =>
    keepRunning({ ...data, lane }, log, message => {
      if (message.kind === 'committed') onCommitted(message.changed)
      if (message.kind === 'sorted') for (const other of lanes) if (other.lane !== lane) other.send({ kind: 'wake' })
    }),
  )
  return {
    wake: () => lanes[0]?.send({ kind: 'wake' }),
    stop: async () => {
      await Promise.all(lanes.map(lane => lane.stop()))
    },
  }
}

// Settings hold more than a thread can be sent, and secrets it does not need.
const workerDataFrom = (c: Omit<WorkerData, 'lane'>): Omit<WorkerData, 'lane'> => ({
  databaseUrl: c.databaseUrl,
  ...(c.dbSchema === undefined ? {} : { dbSchema: c.dbSchema }),
  logLevel: c.logLevel,
  statementTimeoutMs: c.statementTimeoutMs,
  maxBodyBytes: c.maxBodyBytes,
  maxItems: c.maxItems,
  maxDepth: c.maxDepth,
  maxRunSpans: c.maxRunSpans,
  maxRunGroups: c.maxRunGroups,
  graceMs: c.graceMs,
  idleTimeoutMs: c.idleTimeoutMs,
  unclaimedRetentionMs: c.unclaimedRetentionMs,
  conventions: c.conventions,
})

type RunningLane = { readonly lane: WorkerData['lane']; readonly send: (message: ToWorker) => void; readonly stop: () => Promise<void> }

const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

const keepRunning = (data: WorkerData, log: Log, receive: (message: FromWorker) => void): RunningLane => {
  let stopping: Promise<void> | undefined
  let worker: Worker
  let ended: Promise<void>
  const start = (): void => {
    worker = new Worker(entry, { workerData: data })
    ended = new Promise(resolve => worker.once('exit', () => resolve()))
    worker.on('message', receive)
    worker.on('error', error => log.error({ lane: data.lane, error: String(error) }, 'a worker died'))
    worker.on('exit', code => {
      if (stopping !== undefined) return
      log.error({ lane: data.lane, code }, 'a worker ended and is started again')
      setTimeout(() => stopping ?? start(), restartMs).unref()
    })
  }
  start()
  const stop = async (): Promise<void> => {
    worker.postMessage({ kind: 'stop' } satisfies ToWorker)
    const timer = setTimeout(() => void worker.terminate(), stopTimeoutMs)
    await ended
    clearTimeout(timer)
  }
  return {
    lane: data.lane,
    send: message => worker.postMessage(message),
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}
