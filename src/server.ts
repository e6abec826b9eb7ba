import type { Knex } from 'knex'
import { type Settings, SettingsError } from './config.ts'
import { loadConventions } from './convention-files.ts'
import { type GrpcListener, type GrpcOptions, listenGrpc } from './grpc/listener.ts'
import { createApi } from './http/api.ts'
import { createApp } from './http/app.ts'
import { createGuard } from './http/guard.ts'
import { createHealth } from './http/health.ts'
import { createMcp } from './http/mcp.ts'
import { createMetrics } from './http/metrics.ts'
import { createPage, type Page } from './http/page.ts'
import { readPageFiles } from './http/page-files.ts'
import { createReceiver } from './http/receiver.ts'
import { createTraceLinks } from './http/trace-routes.ts'
import { packageVersion } from './http/version.ts'
import { createIndexer } from './indexer.ts'
import { isTaken, type Listener, listen } from './listener.ts'
import type { Log } from './log.ts'
import type { ChangedRun } from './projector.ts'
import { createBudget } from './receive/budget.ts'
import { createLastRequest } from './receive/last-request.ts'
import { createTokens } from './receive/tokens.ts'
import { createStamper } from './stamper.ts'
import { createDatabase, poolFigures } from './store/database.ts'
import { createAppend } from './store/inbox.ts'
import { migrate } from './store/migrate.ts'
import { createQueries, type Queries } from './store/queries.ts'
import { createStream, type Stream } from './stream/index.ts'
import { createTraceBackend } from './trace-backend.ts'
import { startWorkers } from './workers.ts'

export type Server = {
  /** Base URLs of the API (which takes OTLP too) and of OTLP. */
  readonly api: string
  readonly otlp: string
  /** `host:port` of OTLP/gRPC, where it is on. */
  readonly grpc?: string
  /** Answers what has been taken, then lets go of everything. Safe to call twice. */
  readonly stop: () => Promise<void>
}

export type ServerOptions = {
  readonly settings: Settings & { readonly databaseUrl: string }
  readonly log: Log
  /** Brings the schema up to date first. */
  readonly migrates: boolean
  /** The ports for OTLP alone, over HTTP and over gRPC. */
  readonly ingest?: OtlpPort
  readonly grpc?: OtlpPort
}

/** One that is only a habit may be taken by somebody else. */
type OtlpPort = { readonly port: number; readonly mayBeTaken: boolean }

/** Starts a whole runledger in this process: doors, stages, stream. Rejects, with nothing left running, when a part can't start. */
export const createServer = async (options: ServerOptions): Promise<Server> => {
  refuseOpenDoors(options.settings)
  const closers: (() => Promise<void> | void)[] = []
  try {
    return await start(options, closers)
  } catch (error) {
    await closeAll(closers, options.log)
    throw error
  }
}

const start = async (
  { settings, log, migrates, ingest, grpc }: ServerOptions,
  closers: (() => Promise<void> | void)[],
): Promise<Server> => {
  // What a worker can't load it would try again and again: the mistake is told here.
  await loadConventions(settings.conventions)
  const writing = open(settings, settings.ingestPool, 'runledger ingest', closers)
  const reading = open(settings, settings.queryPool, 'runledger api', closers)
  if (migrates) await migrate(writing)
  const state = { stopping: false }
  const queries = createQueries(reading)
  const stream = createStream({ revisionsOf: queries.revisionsOf })
  closers.push(stream.stop)
  const append = createAppend({ db: writing, maxBytes: settings.inboxMaxBytes, maxAgeMs: settings.inboxMaxAgeMs })
  closers.push(append.stop)
  const onCommitted = startTelling(open(settings, 1, 'runledger feed', closers), { settings, log, stream, closers })
  const workers = startWorkers({ config: settings, log, onCommitted })
  closers.push(workers.stop)
  const indexer = createIndexer({ db: open(settings, 1, 'runledger index', closers), log })
  closers.push(indexer.stop)
  const last = createLastRequest()
  const budget = createBudget(settings.maxInFlightBytes)
  const metrics = createMetrics({
    stages: queries.stageFigures,
    pools: () => ({ ingest: poolFigures(writing), api: poolFigures(reading) }),
    inFlightBytes: budget.used,
  })
  const door = { append: append.append, limits: settings, budget, log, accepted: workers.wake, observe: all(metrics.observe, last.observe) }
  const health = createHealth({ schemaState: queries.schemaState, state: () => (state.stopping ? 'stopping' : 'running') })
  const shared = { guard: createGuard(settings), receiver: createReceiver(door), health, log }
  const otlp: { port?: number } = {}
  const app = createApp({
    ...shared,
    guard: createGuard({ ...settings, showsPage: true }),
    page: pageOf(settings, queries, () => otlp.port),
    metrics: metrics.router,
    api: createApi({ queries, stream, log, backend: createTraceBackend(settings), lastRequest: last.read, limits: streamLimits(settings) }),
    mcp: createMcp({ queries, log, version: packageVersion() }),
    links: createTraceLinks({ findTrace: queries.findTrace, basePath: settings.basePath }),
  })
  const listeners = [await listen(app, settings.host, settings.port, settings.maxConnections)]
  closers.push(() => closeListeners(listeners, settings))
  if (ingest !== undefined) listeners.push(...(await listenForOtlp(createApp(shared), settings, ingest, log)))
  if (listeners.length > 1) otlp.port = Number(new URL(listeners.at(-1)?.url ?? '').port)
  const ready = async (): Promise<boolean> => !state.stopping && (await queries.schemaState()) === 'ready'
  const grpcListener = grpc === undefined ? undefined : await listenForGrpc({ door, ready, settings, log, ...grpc })
  if (grpcListener !== undefined) closers.push(() => grpcListener.close(settings.shutdownTimeoutMs))
  const stop = once(async () => {
    state.stopping = true
    stream.stop()
    await closeAll(closers, log)
  })
  const urls = { api: listeners[0]?.url ?? '', otlp: listeners.at(-1)?.url ?? '' }
  return grpcListener === undefined ? { ...urls, stop } : { ...urls, grpc: grpcListener.address, stop }
}

type Telling = Pick<ServerOptions, 'settings' | 'log'> & { readonly stream: Stream; readonly closers: (() => Promise<void> | void)[] }

/** Starts the feed's stamper; what it returns tells of commits: the readers of their runs, and through the feed those of all. */
const startTelling = (db: Knex, { settings, log, stream, closers }: Telling): ((changed: readonly ChangedRun[]) => void) => {
  const stamper = createStamper({ db, log, keep: settings.feedEntries, onStamped: stream.fed, isWatched: stream.isFeedWatched })
  closers.push(stamper.stop)
  return changed => {
    stream.changed(changed)
    stamper.wake()
  }
}

const streamLimits = ({ maxStreams, maxStreamsPerClient }: Settings) => ({
  maxReaders: maxStreams,
  maxReadersPerClient: maxStreamsPerClient,
})

const open = (
  settings: ServerOptions['settings'],
  pool: number,
  applicationName: string,
  closers: (() => Promise<void> | void)[],
): Knex => {
  const { databaseUrl: url, dbSchema, statementTimeoutMs } = settings
  const db = createDatabase({ url, pool, statementTimeoutMs, applicationName, ...(dbSchema === undefined ? {} : { schema: dbSchema }) })
  closers.push(() => db.destroy())
  return db
}

const pageOf = ({ basePath, readTokens, ingestTokens }: Settings, queries: Queries, otlpPort: () => number | undefined): Page =>
  createPage({
    files: readPageFiles(),
    basePath,
    asksForToken: readTokens.length > 0,
    ingestNeedsToken: ingestTokens.length > 0,
    otlpPort,
    queries,
  })

const closeListeners = async (listeners: readonly Listener[], { shutdownTimeoutMs }: Settings): Promise<void> => {
  await Promise.all(listeners.map(listener => listener.close(shutdownTimeoutMs)))
}

const listenForOtlp = async (
  app: ReturnType<typeof createApp>,
  { host, maxConnections }: Settings,
  port: OtlpPort,
  log: Log,
): Promise<Listener[]> => {
  const listener = await unlessTaken(port, 'RUNLEDGER_INGEST_PORT', log, () => listen(app, host, port.port, maxConnections))
  return listener === undefined ? [] : [listener]
}

type GrpcParts = Pick<GrpcOptions, 'door' | 'ready'> & OtlpPort & { readonly settings: Settings; readonly log: Log }

const listenForGrpc = ({ door, ready, settings, log, ...port }: GrpcParts): Promise<GrpcListener | undefined> =>
  unlessTaken(port, 'RUNLEDGER_GRPC_PORT', log, () =>
    listenGrpc({ door, ready, tokens: createTokens(settings), host: settings.host, port: port.port, maxWaiting: settings.maxConnections }),
  )

const unlessTaken = async <T>(
  { port, mayBeTaken }: OtlpPort,
  variable: string,
  log: Log,
  open: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await open()
  } catch (error) {
    if (!mayBeTaken || !isTaken(error)) throw error
    log.warn({ port }, `Somebody else listens on the usual OTLP port; send to the port of the API, or set ${variable}`)
    return undefined
  }
}

/** Last opened, first closed: doors, stages, append, stream, databases. */
const closeAll = async (closers: readonly (() => Promise<void> | void)[], log: Log): Promise<void> => {
  for (const close of closers.toReversed()) {
    try {
      await close()
    } catch (error) {
      log.error({ error }, 'A part could not be stopped in order')
    }
  }
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/

const refuseOpenDoors = ({ host, ingestTokens, readTokens, allowOpen }: Settings): void => {
  if (loopback.test(host) || allowOpen || (ingestTokens.length > 0 && readTokens.length > 0)) return
  throw new SettingsError(
    `HOST: "${host}" can be reached from other machines, and there are no tokens. Set RUNLEDGER_INGEST_TOKEN and RUNLEDGER_READ_TOKEN, or RUNLEDGER_ALLOW_OPEN=true where a network or proxy protects it`,
  )
}

const all =
  <T>(...told: readonly ((value: T) => void)[]) =>
  (value: T): void => {
    for (const tell of told) tell(value)
  }

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
