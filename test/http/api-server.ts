import { createServer, type Server } from 'node:http'
import type { Knex } from 'knex'
import { createApi } from '../../src/http/api.ts'
import { createApp } from '../../src/http/app.ts'
import type { EventLimits } from '../../src/http/event-door.ts'
import { createGuard, type GuardOptions } from '../../src/http/guard.ts'
import { createHealth } from '../../src/http/health.ts'
import { createReceiver } from '../../src/http/receiver.ts'
import { createTraceLinks } from '../../src/http/trace-routes.ts'
import { createBudget } from '../../src/receive/budget.ts'
import { createQueries } from '../../src/store/queries.ts'
import { createStream, type Stream } from '../../src/stream/index.ts'
import { createTraceBackend } from '../../src/trace-backend.ts'
import { testDatabase } from '../support/database.ts'
import { defaultLimits } from './receiver-server.ts'

type Options = {
  readonly guard?: Partial<GuardOptions>
  readonly limits?: Partial<EventLimits>
  readonly backend?: Parameters<typeof createTraceBackend>[0]
}

export type TestApi = { readonly url: string; readonly port: number; readonly db: Knex; readonly stream: Stream; readonly logged: string[] }

/** The read side on a database of its own, behind its guard; registers its own hooks. */
export const testApi = ({ guard = {}, limits = {}, backend = {} }: Options = {}): TestApi => {
  const database = testDatabase()
  let server: Server | undefined
  let stream: Stream | undefined
  const logged: string[] = []
  const write = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`)
  const log = { debug: () => undefined, info: write, warn: write, error: write }
  before(done => {
    const queries = createQueries(database.db)
    stream = createStream({ revisionsOf: queries.revisionsOf })
    const app = createApp({
      guard: createGuard({ ingestTokens: [], readTokens: [], host: '127.0.0.1', ...guard }),
      health: createHealth({ schemaState: queries.schemaState, state: () => 'running', version: '1.2.3' }),
      receiver: createReceiver({
        append: async () => undefined,
        limits: defaultLimits,
        budget: createBudget(defaultLimits.maxInFlightBytes),
        log,
        accepted: () => undefined,
      }),
      api: createApi({
        queries,
        stream,
        log,
        limits,
        backend: createTraceBackend(backend),
        lastRequest: () => ({ last_request: null, requests: 0 }),
      }),
      links: createTraceLinks(queries),
      log,
    })
    server = createServer(app).listen(0, '127.0.0.1', done)
  })
  after(done => {
    stream?.stop()
    server?.close(done)
    server?.closeAllConnections()
  })
  const port = (): number => {
    const address = server?.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  return {
    get url() {
      return `http://127.0.0.1:${port()}`
    },
    get port() {
      return port()
    },
    get db() {
      return database.db
    },
    get stream() {
      if (stream === undefined) throw new Error('Expected the stream to be used inside a test')
      return stream
    },
    logged,
  }
}
