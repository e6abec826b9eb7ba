import assert from 'node:assert/strict'
import { status } from '@grpc/grpc-js'
import { UnavailableError } from '../../src/errors.ts'
import { defaultLimits, type TestReceiver, testReceiver } from '../http/receiver-server.ts'
import { field, requestOf, span } from '../otlp/wire.ts'
import { overGrpc, overHttp } from './transports.ts'

/**
 * The rules of OTLP that hold whatever the transport. Only HTTP has words for JSON, zstd, 405 (another method) and 415
 * (another content type): test/http/receiver.test.ts. Only gRPC has a list of compressions of its own: test/grpc/listener.test.ts.
 */
for (const [name, over] of [
  ['HTTP', (door: TestReceiver) => overHttp(() => door.url)],
  ['gRPC', (door: TestReceiver) => overGrpc(() => door.grpc)],
] as const) {
  describe(`OTLP/${name}`, () => {
    const door = testReceiver()
    const { send } = over(door)

    it('acknowledges once the request is appended', async () => {
      assert.deepEqual(await send('traces', requestOf(span())), { stored: true, rejected: 0, message: '' })
      const [request] = door.appended
      assert.deepEqual([request?.signal, request?.contentType, request?.items, request?.refused], ['traces', 'protobuf', 1, []])
      assert.deepEqual(request?.payload, requestOf(span()))
      assert.equal(door.accepted, 1)
    })

    it('takes gzip', async () => {
      assert.equal((await send('traces', requestOf(span(), span()), 'gzip')).stored, true)
      assert.equal(door.appended[0]?.items, 2)
    })

    it('answers empty requests with success and stores nothing', async () => {
      for (const body of [Buffer.alloc(0), field(1, field(1))]) assert.equal((await send('traces', body)).stored, true)
      assert.equal(door.appended.length, 0)
    })

    it('says how many items were refused and why, and hands them on', async () => {
      const answer = await send('traces', requestOf(span(), field(1)))
      assert.equal(answer.stored && answer.rejected, 1)
      assert.match(answer.message, /1 of 2 spans refused.*quarantine/)
      const [request] = door.appended
      assert.deepEqual([request?.items, request?.refused.map(({ ordinal }) => ordinal)], [2, [1]])
    })

    it('takes log records, and rejects every point of metrics with a reason', async () => {
      assert.equal((await send('logs', requestOf(field(5, field(1, Buffer.from('hi')))))).stored, true)
      assert.equal(door.appended[0]?.signal, 'logs')
      const answer = await send('metrics', field(1, field(2, field(2, field(7, field(1), field(1))))))
      assert.equal(answer.stored && answer.rejected, 2)
      assert.match(answer.message, /2 data points/)
      assert.equal(door.appended.length, 1)
    })

    it('says of bodies that cannot be read that they are not to be sent again', async () => {
      const answer = await send('traces', Buffer.from([2]))
      assert.deepEqual([answer.stored, !answer.stored && answer.code], [false, status.INVALID_ARGUMENT])
      assert.match(answer.message, /Expected an OTLP export request/)
      assert.equal('retryAfterS' in answer, false)
      assert.equal(door.appended.length, 0)
    })

    it('takes a body of exactly the limit, plain and inflated, and refuses one byte more for good', async () => {
      const fill = (size: number): Buffer => {
        const body = requestOf(span(field(5, Buffer.alloc(size - 60, 'x'))))
        return body.length === size ? body : requestOf(span(field(5, Buffer.alloc(size - 60 + size - body.length, 'x'))))
      }
      for (const encoding of ['identity', 'gzip'] as const) {
        assert.equal((await send('traces', fill(defaultLimits.maxBodyBytes), encoding)).stored, true)
        const answer = await send('traces', fill(defaultLimits.maxBodyBytes + 1), encoding)
        assert.deepEqual([answer.stored, !answer.stored && answer.code], [false, status.RESOURCE_EXHAUSTED])
        assert.equal('retryAfterS' in answer, false)
      }
    })

    it('refuses more items than may be for good', async () => {
      const answer = await send('traces', requestOf(...Array.from({ length: 101 }, () => span())))
      assert.deepEqual([answer.stored, !answer.stored && answer.code], [false, status.RESOURCE_EXHAUSTED])
      assert.match(answer.message, /RUNLEDGER_MAX_ITEMS/)
      assert.equal('retryAfterS' in answer, false)
    })

    it('asks for everything that is not the data’s fault again, after a while', async () => {
      for (const [error, code] of [
        [new Error('secret'), status.UNAVAILABLE],
        [new UnavailableError('The inbox is full'), status.UNAVAILABLE],
        [new UnavailableError('Slower', { status: 429 }), status.RESOURCE_EXHAUSTED],
      ] as const) {
        door.fail = async () => {
          throw error
        }
        const answer = await send('traces', requestOf(span()))
        if (answer.stored) return assert.fail('It was acknowledged')
        assert.equal(answer.code, code)
        assert.ok((answer.retryAfterS ?? 0) >= 1 && (answer.retryAfterS ?? 0) <= 30)
        assert.equal(answer.message.includes('secret'), false)
      }
      assert.equal(door.accepted, 0)
    })
  })
}
