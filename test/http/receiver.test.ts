import assert from 'node:assert/strict'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { UnavailableError } from '../../src/errors.ts'
import { cursorOver } from '../../src/otlp/cursor.ts'
import { childrenOf } from '../../src/otlp/envelope.ts'
import { field, requestOf, span } from '../otlp/wire.ts'
import { defaultLimits, testReceiver } from './receiver-server.ts'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
const jsonSpan = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }
const jsonOf = (...spans: readonly unknown[]): Buffer => Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))

describe('createReceiver', () => {
  const receiver = testReceiver()

  const post = async (body: Uint8Array | undefined, headers: Record<string, string>, path = '/v1/traces') => {
    const response = await fetch(receiver.url + path, {
      method: 'POST',
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    }
  }

  /** Field 2 of `google.rpc.Status` in protobuf. */
  const statusMessage = (body: Buffer): string => {
    for (const { start, end } of childrenOf(cursorOver(body), 2)) return body.toString('utf8', start, end)
    return ''
  }

  it('acknowledges protobuf with an empty body and JSON with {}, once the request is appended as it came', async () => {
    const protobuf = await post(requestOf(span()), { 'content-type': PROTOBUF })
    assert.deepEqual([protobuf.status, protobuf.type, protobuf.body.length], [200, PROTOBUF, 0])
    const json = await post(jsonOf(jsonSpan), { 'content-type': 'Application/JSON; charset=utf-8' })
    assert.deepEqual([json.status, json.type, json.body.toString()], [200, JSON_TYPE, '{}'])
    const common = { signal: 'traces', contentEncoding: 'identity', items: 1, refused: [] }
    assert.deepEqual(receiver.appended, [
      { ...common, contentType: 'protobuf', payload: requestOf(span()) },
      { ...common, contentType: 'json', payload: jsonOf(jsonSpan) },
    ])
    assert.equal(receiver.accepted, 2)
  })

  it('takes gzip and zstd in any case and keeps the body compressed', async () => {
    for (const [encoding, body] of [
      ['GZIP', gzipSync(requestOf(span()))],
      ['zstd', zstdCompressSync(requestOf(span()))],
    ] as const) {
      assert.equal((await post(body, { 'content-type': PROTOBUF, 'content-encoding': encoding })).status, 200)
      assert.deepEqual(receiver.appended.at(-1)?.payload, body)
    }
  })

  it('answers empty requests with success and stores nothing', async () => {
    for (const body of [undefined, Buffer.alloc(0), field(1, field(1))])
      assert.equal((await post(body, { 'content-type': PROTOBUF })).status, 200)
    assert.equal((await post(Buffer.from('{"resourceSpans":[]}'), { 'content-type': JSON_TYPE })).status, 200)
    assert.equal(receiver.appended.length, 0)
  })

  it('says how many items were refused and why, and hands them on', async () => {
    const json = await post(jsonOf(jsonSpan, { name: 'bad' }), { 'content-type': JSON_TYPE })
    assert.equal(json.status, 200)
    const { partialSuccess } = JSON.parse(json.body.toString())
    assert.equal(partialSuccess.rejectedSpans, '1')
    assert.match(partialSuccess.errorMessage, /1 of 2 spans refused.*traceId/)
    const [request] = receiver.appended
    assert.deepEqual([request?.items, request?.refused.map(({ ordinal }) => ordinal)], [2, [1]])
    const protobuf = await post(requestOf(span(), field(1)), { 'content-type': PROTOBUF })
    const partial = [...childrenOf(cursorOver(protobuf.body), 1)][0] ?? assert.fail()
    assert.match(statusMessage(protobuf.body.subarray(partial.start, partial.end)), /quarantine/)
  })

  it('takes log records, and rejects every point of metrics with a reason', async () => {
    assert.equal((await post(requestOf(field(5, field(1, Buffer.from('hi')))), { 'content-type': PROTOBUF }, '/v1/logs')).status, 200)
    assert.equal(receiver.appended[0]?.signal, 'logs')
    const metrics = {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: [{}, {}] } }, { gauge: { dataPoints: [{}] } }] }] }],
    }
    const json = await post(Buffer.from(JSON.stringify(metrics)), { 'content-type': JSON_TYPE }, '/v1/metrics')
    assert.equal(JSON.parse(json.body.toString()).partialSuccess.rejectedDataPoints, '3')
    const body = field(1, field(2, field(2, field(7, field(1), field(1)))))
    assert.match((await post(body, { 'content-type': PROTOBUF }, '/v1/metrics')).body.toString(), /2 data points/)
    assert.equal(receiver.appended.length, 1)
  })

  it('answers other content types and encodings with 415, in the encoding of the request', async () => {
    for (const type of ['text/plain', 'application/xml', 'x;;/', '']) {
      const answer = await post(requestOf(span()), type === '' ? {} : { 'content-type': type })
      assert.deepEqual([answer.status, answer.type], [415, 'text/plain; charset=utf-8'])
    }
    for (const encoding of ['br', 'gzip, gzip', 'snappy']) {
      const answer = await post(requestOf(span()), { 'content-type': PROTOBUF, 'content-encoding': encoding })
      assert.deepEqual([answer.status, answer.type], [415, PROTOBUF])
      assert.match(statusMessage(answer.body), /content-encoding/)
    }
  })

  it('answers bodies that cannot be read with 400 and google.rpc.Status', async () => {
    for (const [body, encoding] of [
      [requestOf(span()), 'gzip'],
      [gzipSync(requestOf(span())).subarray(0, -4), 'gzip'],
      [Buffer.from('zz'), 'zstd'],
      [Buffer.from([2]), 'identity'],
    ] as const) {
      const answer = await post(body, { 'content-type': PROTOBUF, 'content-encoding': encoding })
      assert.deepEqual([answer.status, answer.type], [400, PROTOBUF])
      assert.notEqual(statusMessage(answer.body), '')
    }
    const json = await post(Buffer.from('{'), { 'content-type': JSON_TYPE })
    assert.deepEqual([json.status, json.type, JSON.parse(json.body.toString()).code], [400, JSON_TYPE, 3])
    assert.equal(receiver.appended.length, 0)
  })

  it('answers other methods with 405 and other paths with the right ones', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const response = await fetch(`${receiver.url}/v1/traces`, { method })
      assert.deepEqual([response.status, response.headers.get('allow')], [405, 'POST'])
    }
    for (const path of ['/v1/trace', '/v1/traces/more', '/v1development/profiles', '/traces']) {
      const near = await post(jsonOf(jsonSpan), { 'content-type': JSON_TYPE }, path)
      assert.deepEqual([near.status, near.type, JSON.parse(near.body.toString()).code], [404, JSON_TYPE, 5], path)
      assert.match(JSON.parse(near.body.toString()).message, /\/v1\/traces/)
    }
  })

  it('takes a body of exactly the limit, plain and inflated, and 413 beyond', async () => {
    const fill = (size: number): Buffer => {
      const body = requestOf(span(field(5, Buffer.alloc(size - 60, 'x'))))
      return body.length === size ? body : requestOf(span(field(5, Buffer.alloc(size - 60 + size - body.length, 'x'))))
    }
    const { maxBodyBytes } = defaultLimits
    for (const [more, status] of [
      [-1, 200],
      [0, 200],
      [1, 413],
    ] as const) {
      const body = fill(maxBodyBytes + more)
      assert.equal(body.length, maxBodyBytes + more)
      assert.equal((await post(body, { 'content-type': PROTOBUF })).status, status)
      assert.equal((await post(gzipSync(body), { 'content-type': PROTOBUF, 'content-encoding': 'gzip' })).status, status)
    }
  })

  it('answers more items than may be with 413', async () => {
    const answer = await post(requestOf(...Array.from({ length: 101 }, () => span())), { 'content-type': PROTOBUF })
    assert.equal(answer.status, 413)
    assert.match(statusMessage(answer.body), /RUNLEDGER_MAX_ITEMS/)
  })

  it('answers everything that is not the data’s fault with 503 and a Retry-After', async () => {
    for (const error of [new Error('secret'), new UnavailableError('The inbox is full')]) {
      receiver.fail = async () => {
        throw error
      }
      const answer = await post(jsonOf(jsonSpan), { 'content-type': JSON_TYPE })
      const seconds = Number(answer.headers.get('retry-after'))
      assert.deepEqual([answer.status, Number.isInteger(seconds) && seconds >= 1 && seconds <= 30], [503, true])
      assert.equal(answer.body.includes('secret'), false)
    }
    assert.equal(receiver.accepted, 0)
  })
})
