import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { listenGrpc } from '../../src/grpc/listener.ts'
import { isTaken } from '../../src/listener.ts'
import { createBudget } from '../../src/receive/budget.ts'
import { createTokens } from '../../src/receive/tokens.ts'
import { defaultLimits, testReceiver } from '../http/receiver-server.ts'
import { requestOf, span } from '../otlp/wire.ts'
import { overGrpc } from '../receive/transports.ts'
import { healthOf } from './health-client.ts'

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

const nothing = () => undefined
const parts = {
  door: {
    append: async () => undefined,
    limits: defaultLimits,
    budget: createBudget(defaultLimits.maxInFlightBytes),
    log: { debug: nothing, warn: nothing, error: nothing },
    accepted: nothing,
  },
  tokens: createTokens({ ingestTokens: [], readTokens: [] }),
  host: '127.0.0.1',
  maxWaiting: 10,
  ready: async () => true,
}

/** A call whose message stays half sent. */
const openHalf = (address: string) => {
  const session = connect(`http://${address}`)
  session.on('error', nothing)
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' })
  stream.on('error', nothing)
  stream.write(Buffer.from([0, 0, 0, 1, 0, 10]))
  return { session, stream }
}

const until = async (is: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 500; i++) {
    if (await is()) return
    await sleep(10)
  }
  assert.fail('It did not come about within 5 s')
}

describe('listenGrpc', () => {
  const door = testReceiver()
  const guarded = testReceiver(defaultLimits, ['right', 'older'])
  const { send } = overGrpc(() => door.grpc)

  it('takes deflate too', async () => {
    assert.equal((await send('traces', requestOf(span()), 'deflate')).stored, true)
    assert.equal(door.appended[0]?.items, 1)
  })

  it('refuses a compression it does not know, and bytes that do not decompress, for good', async () => {
    for (const [encoding, code] of [
      ['zstd', status.UNIMPLEMENTED],
      ['gzip', status.INTERNAL],
    ] as const) {
      const session = connect(`http://${door.grpc}`)
      const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', 'grpc-encoding': encoding }
      const stream = session.request(headers)
      const said = new Promise<unknown>(resolve => {
        stream.on('response', answer => answer['grpc-status'] !== undefined && resolve(answer['grpc-status']))
        stream.on('trailers', trailers => resolve(trailers['grpc-status']))
      })
      stream.resume()
      stream.end(Buffer.from([1, 0, 0, 0, 2, 120, 120]))
      assert.equal(Number(await said), code)
      session.destroy()
    }
    assert.equal(door.appended.length, 0)
  })

  it('reads nothing of a call without the right token', async () => {
    for (const [token, code] of [
      [undefined, status.UNAUTHENTICATED],
      ['wrong', status.UNAUTHENTICATED],
      ['right', undefined],
      ['older', undefined],
    ] as const) {
      const answer = await overGrpc(() => guarded.grpc, token).send('traces', requestOf(span()))
      assert.equal(answer.stored ? undefined : answer.code, code)
      if (!answer.stored) assert.match(answer.message, /RUNLEDGER_INGEST_TOKEN/)
    }
    assert.equal(guarded.appended.length, 2)
  })

  it('serves more callers at once than it reads at once', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => send('traces', requestOf(span()))))
    assert.equal(answers.filter(({ stored }) => stored).length, 40)
  })

  it('gives back the places of callers who go away with their message half sent', async () => {
    const halves = Array.from({ length: 8 }, () => openHalf(door.grpc))
    await sleep(50)
    for (const { session } of halves) session.destroy()
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('traces', requestOf(span()))))
    assert.equal(answers.filter(({ stored }) => stored).length, 8)
  })

  it('asks callers to come again where too many already wait', async () => {
    const listener = await listenGrpc({ ...parts, port: 0, maxWaiting: 1 })
    const halves = Array.from({ length: 5 }, () => openHalf(listener.address))
    try {
      const { send: sendTo } = overGrpc(() => listener.address)
      await until(async () => {
        const answer = await Promise.race([sendTo('traces', requestOf(span())), sleep(200)])
        return answer !== undefined && !answer.stored && answer.code === status.UNAVAILABLE && (answer.retryAfterS ?? 0) > 0
      })
    } finally {
      for (const { session } of halves) session.destroy()
      await listener.close(100)
    }
  })

  it('says by the health service whether requests can be stored', async () => {
    await until(async () => (await healthOf(door.grpc)) === 'SERVING')
    door.fail = async () => undefined
    await until(async () => (await healthOf(door.grpc)) === 'NOT_SERVING')
  })

  it('answers a call that runs when it closes, and takes no more', async () => {
    const { promise: waiting, resolve: append } = Promise.withResolvers<undefined>()
    const listener = await listenGrpc({ ...parts, port: 0, door: { ...parts.door, append: () => waiting } })
    const { send: sendTo } = overGrpc(() => listener.address)
    const answer = sendTo('traces', requestOf(span()))
    await sleep(100)
    const closed = listener.close(5_000)
    append(undefined)
    assert.equal((await answer).stored, true)
    await closed
    const late = await sendTo('traces', requestOf(span()))
    assert.equal(late.stored ? undefined : late.code, status.UNAVAILABLE)
  })

  it('says when somebody else has the port', async () => {
    const listener = await listenGrpc({ ...parts, port: 0 })
    const port = Number(listener.address.split(':')[1])
    await assert.rejects(listenGrpc({ ...parts, port }), error => isTaken(error))
    await listener.close(100)
  })
})
