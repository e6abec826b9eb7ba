import type { Knex } from 'knex'
import { readSettings, type Settings } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { createServer, type Server } from '../../src/server.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export type TestServer = {
  /** Base URLs, of the present start. */
  readonly api: string
  readonly otlp: string
  readonly url: string
  readonly db: Knex
  readonly stop: () => Promise<void>
  /** Stops it, if it runs, and starts another on the same database, with its own or these settings. */
  readonly restart: (settings?: Partial<Settings>) => Promise<void>
}

type Options = {
  readonly settings?: Partial<Settings> /** The database of another server, for two on one. */
  readonly database?: TestDatabase
}

const startMs = 60_000

/** A whole server in this process on free ports and a database of its own, there from the first `before` of its `describe` to its last `after`. */
export const testServer = (options: Options = {}): TestServer => {
  let server: Server | undefined
  let database: TestDatabase | undefined
  let drop = async (): Promise<void> => {}
  const there = (): Server => expected(server)
  const start = async (settings = options.settings): Promise<void> => {
    server = await startServer(expected(database).url, settings)
  }
  const stop = async (): Promise<void> => {
    await server?.stop()
    server = undefined
  }
  before(async function () {
    this.timeout(startMs)
    if (options.database === undefined) {
      const created = await createTestDatabase()
      database = created
      drop = created.drop
    } else database = options.database
    await start()
  })
  after(async function () {
    this.timeout(startMs)
    await stop()
    await drop()
  })
  return {
    get api() {
      return there().api
    },
    get otlp() {
      return there().otlp
    },
    get url() {
      return expected(database).url
    },
    get db() {
      return expected(database).db
    },
    stop,
    restart: async settings => {
      await stop()
      await start(settings)
    },
  }
}

/** The same without hooks. */
export const startServer = (databaseUrl: string, settings: Partial<Settings> = {}): Promise<Server> =>
  createServer({
    settings: { ...readSettings({}), port: 0, logLevel: 'silent', ...settings, databaseUrl },
    log: createLog(settings.logLevel ?? 'silent'),
    migrates: false,
    ingest: { port: 0, mayBeTaken: false },
  })

const expected = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('Expected the test server to be used inside a test or hook of its describe, while it runs')
  return value
}
