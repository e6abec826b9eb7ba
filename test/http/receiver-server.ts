import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { type GrpcListener, listenGrpc } from '../../src/grpc/listener.ts'
import { createReceiver } from '../../src/http/receiver.ts'
import type { ExportRequest } from '../../src/model/request.ts'
import type { Door, ReceiverLimits } from '../../src/receive/accept.ts'
import { createBudget } from '../../src/receive/budget.ts'
import { createTokens } from '../../src/receive/tokens.ts'

export type TestReceiver = {
  readonly url: string
  readonly port: number
  /** `host:port` of OTLP/gRPC, behind the same door. */
  readonly grpc: string
  readonly appended: ExportRequest[]
  /** What the next requests meet instead of being collected. */
  fail: (() => Promise<void>) | undefined
  readonly logged: string[]
  accepted: number
}

export const defaultLimits: ReceiverLimits = { maxBodyBytes: 2 ** 20, maxItems: 100, maxInFlightBytes: 4 * 2 ** 20 }

/** A real server with a receiver that collects what it is handed; registers its own hooks. `ingestTokens` guard gRPC alone: the guard of HTTP stands before the receiver. */
export const testReceiver = (limits: ReceiverLimits = defaultLimits, ingestTokens: readonly string[] = []): TestReceiver => {
  let server: Server | undefined
  let grpc: GrpcListener | undefined
  const port = (): number => {
    const address = server?.address()
    return typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0
  }
  const receiver: TestReceiver = {
    get url() {
      return `http://127.0.0.1:${port()}`
    },
    get port() {
      return port()
    },
    get grpc() {
      return grpc?.address ?? ''
    },
    appended: [],
    fail: undefined,
    logged: [],
    accepted: 0,
  }
  const log = (_fields: object, message: string): void => {
    receiver.logged.push(message)
  }
  const append = async (request: ExportRequest): Promise<void> => {
    if (receiver.fail !== undefined) await receiver.fail()
    receiver.appended.push(request)
  }
  const door: Door = {
    append,
    limits,
    budget: createBudget(limits.maxInFlightBytes),
    log: { debug: () => undefined, warn: log, error: log },
    accepted: () => receiver.accepted++,
  }
  before(async () => {
    const tokens = createTokens({ ingestTokens, readTokens: [] })
    grpc = await listenGrpc({ door, tokens, host: '127.0.0.1', port: 0, maxWaiting: 100, ready: async () => receiver.fail === undefined })
  })
  after(() => grpc?.close(1_000))
  before(done => {
    const app = express()
    app.use(createReceiver(door))
    server = createServer(app).listen(0, '127.0.0.1', done)
  })
  after(done => {
    server?.close(done)
    server?.closeAllConnections()
  })
  beforeEach(() => {
    receiver.appended.length = 0
    receiver.logged.length = 0
    receiver.accepted = 0
    receiver.fail = undefined
  })
  return receiver
}
