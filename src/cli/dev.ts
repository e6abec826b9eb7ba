import { readSettings, type Settings } from '../config.ts'
import { runDemo } from '../demo.ts'
import { type Embedded, startEmbedded } from '../embedded/index.ts'
import { createLog } from '../log.ts'
import { createServer, type Server } from '../server.ts'
import { removeDevFile, writeDevFile } from './dev-file.ts'
import { untilStopped } from './until-stopped.ts'

const usualIngestPort = 4318
const usualGrpcPort = 4317

/** Runs a whole runledger on this machine until a signal comes: Postgres too, unless DATABASE_URL names one. */
export const dev = async ({ demo }: { readonly demo: boolean }, print: (text: string) => void): Promise<void> => {
  const stopped = untilStopped()
  const settings = readSettings({ RUNLEDGER_LOG_LEVEL: 'warn', ...process.env })
  const embedded = settings.databaseUrl === undefined ? await startEmbedded(settings.dataDir) : undefined
  try {
    const database = settings.databaseUrl ?? embedded?.url ?? ''
    const server = await startServer(settings, database)
    try {
      writeDevFile(settings.dataDir, {
        pid: process.pid,
        api: server.api,
        otlp: server.otlp,
        ...grpcOf(server),
        database,
        ...dataOf(embedded),
      })
      print(greeting(server, settings, embedded))
      if (demo) print(await showDemo(server, settings))
      print('\nCtrl-C stops it.')
      await stopped
    } finally {
      removeDevFile(settings.dataDir)
      await server.stop()
    }
  } finally {
    await embedded?.stop()
  }
}

const startServer = (settings: Settings, databaseUrl: string): Promise<Server> =>
  createServer({
    settings: { ...settings, databaseUrl },
    log: createLog(settings.logLevel),
    migrates: true,
    ingest: { port: settings.ingestPort ?? usualIngestPort, mayBeTaken: settings.ingestPort === undefined },
    grpc: { port: settings.grpcPort ?? usualGrpcPort, mayBeTaken: settings.grpcPort === undefined },
  })

const grpcOf = ({ grpc }: Server): { grpc?: string } => (grpc === undefined ? {} : { grpc })

const dataOf = (embedded: Embedded | undefined): { data?: string } => (embedded === undefined ? {} : { data: embedded.data })

const greeting = ({ api, otlp, grpc }: Server, { dataDir }: Settings, embedded: Embedded | undefined): string =>
  [
    'runledger is running.',
    `  OpenTelemetry  ${otlp}   send spans and logs here (OTLP/HTTP)`,
    ...(grpc === undefined ? [] : [`                 http://${grpc}   or here (OTLP/gRPC)`]),
    `  Page           ${api}/`,
    `  API            ${api}/api/`,
    `  Postgres       ${embedded === undefined ? 'the one of DATABASE_URL' : embedded.data}`,
    `  Where to find  ${dataDir}/dev.json`,
  ].join('\n')

const showDemo = async ({ api, otlp }: Server, { readTokens, ingestTokens }: Settings): Promise<string> => {
  const [readToken, ingestToken] = [readTokens[0], ingestTokens[0]]
  const shown = await runDemo({
    api,
    otlp,
    ...(readToken === undefined ? {} : { readToken }),
    ...(ingestToken === undefined ? {} : { ingestToken }),
  })
  const run = /[0-9a-f-]{36}/.exec(shown)?.[0]
  return `\nA demo agent has just reported this run:\n\n${shown}\n\n  ${api}/runs/${run}`
}
