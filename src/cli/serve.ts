import { readSettings, type Settings, SettingsError } from '../config.ts'
import { createLog } from '../log.ts'
import { createServer } from '../server.ts'
import { createDatabase } from '../store/database.ts'
import { migrate, schemaState } from '../store/migrate.ts'
import { untilStopped } from './until-stopped.ts'

type Ready = Settings & { readonly databaseUrl: string }

const settingsWithDatabase = (): Ready => {
  const settings = readSettings(process.env)
  const { databaseUrl } = settings
  if (databaseUrl !== undefined) return { ...settings, databaseUrl }
  throw new SettingsError('DATABASE_URL is not set. Set it to the Postgres to use, or run `runledger dev`, which brings its own')
}

/** Runs the server on the database of DATABASE_URL until a signal comes. Throws when its schema is not this program's. */
export const serve = async (): Promise<void> => {
  const stopped = untilStopped()
  const settings = settingsWithDatabase()
  const log = createLog(settings.logLevel)
  const state = await withDatabase(settings, schemaState)
  if (state !== 'ready') throw new SettingsError(`The schema is ${state}: ${remedies[state]}`)
  const { ingestPort, grpcPort } = settings
  const server = await createServer({
    settings,
    log,
    migrates: false,
    ...(ingestPort === undefined ? {} : { ingest: { port: ingestPort, mayBeTaken: false } }),
    ...(grpcPort === undefined ? {} : { grpc: { port: grpcPort, mayBeTaken: false } }),
  })
  log.info({ api: server.api, otlp: server.otlp, grpc: server.grpc }, 'listening')
  log.info({ signal: await stopped }, 'stopping')
  await server.stop()
}

const remedies = {
  missing: 'run `runledger migrate` first',
  older: 'run `runledger migrate` first',
  newer: 'a newer runledger has been here, run that one',
} as const

/** Brings the schema of DATABASE_URL up to date. Safe to repeat, and to run several times at once. */
export const migrateDatabase = async (print: (text: string) => void): Promise<void> => {
  const settings = settingsWithDatabase()
  await withDatabase(settings, migrate)
  print('The schema is up to date.')
}

const withDatabase = async <T>(
  { databaseUrl: url, dbSchema, statementTimeoutMs }: Ready,
  work: (db: ReturnType<typeof createDatabase>) => Promise<T>,
): Promise<T> => {
  const schema = dbSchema === undefined ? {} : { schema: dbSchema }
  const db = createDatabase({ url, ...schema, pool: 2, statementTimeoutMs, applicationName: 'runledger migrate' })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}
