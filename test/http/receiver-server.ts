import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createReceiver, type ReceiverLimits } from '../../src/http/receiver.ts'
import type { ExportRequest } from '../../src/model/request.ts'

type TestReceiver = {
  readonly url: string
  readonly port: number
  readonly appended: ExportRequest[]
  /** What the next requests meet instead of being collected. */
  fail: (() => Promise<void>) | undefined
  readonly logged: string[]
  accepted: number
}

export const defaultLimits: ReceiverLimits = { maxBodyBytes: 2 ** 20, maxItems: 100, maxInFlightBytes: 4 * 2 ** 20 }

/** A real server with a receiver that collects what it is handed; registers its own hooks. */
export const testReceiver = (limits: ReceiverLimits = defaultLimits): TestReceiver => {
  let server: Server | undefined
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
  before(done => {
    const app = express()
    app.use(createReceiver({ append, limits, log: { debug: () => undefined, warn: log, error: log }, accepted: () => receiver.accepted++ }))
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
