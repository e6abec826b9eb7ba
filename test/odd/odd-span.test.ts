import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { type Any, type OddSpan, requestBytes, requestJson, spanBytes } from './bodies.ts'

const start = 1_767_225_600_000_000_000n

const step = (traceId: Buffer, n: number): OddSpan => ({
  traceId,
  spanId: Buffer.from(`00000000000000${(n + 16).toString(16)}`, 'hex'),
  name: `step ${n}`,
  start: start + BigInt(n) * 1_000_000n,
  end: start + BigInt(n) * 1_000_000n + 500_000n,
  attributes: [
    ['agent.step.type', { string: 'thought' }],
    ['agent.step.content', { string: JSON.stringify({ text: `thought ${n}` }) }],
  ],
})

const chat = (messages: string): OddSpan['attributes'] => [
  ['gen_ai.operation.name', { string: 'chat' }],
  ['gen_ai.output.messages', { string: messages }],
]
const output = (text: string): string => `[{"role":"assistant","parts":[{"type":"text","content":"${text}"}]}]`
const invalidUtf8 = Buffer.from([0x61, 0xff, 0xfe, 0x62])

type Row = {
  readonly content: Record<string, unknown>
  readonly attributes: Record<string, unknown>
  readonly latency_ms: number | null
  readonly timestamp: Date
}
type Case = {
  readonly make: (span: OddSpan) => readonly OddSpan[]
  /** How many are refused at the door; then there is no row and the bytes lie in quarantine. */
  readonly refused?: number
  readonly row?: (row: Row) => void
  /** JSON has no word for it. */
  readonly protobufOnly?: true
}
const withAttribute = (key: string, value: Any) => (span: OddSpan) => [{ ...span, attributes: [...span.attributes, [key, value] as const] }]

const cases: Readonly<Record<string, Case>> = {
  'a trace id of 0 bytes': { make: s => [{ ...s, traceId: Buffer.alloc(0) }], refused: 1 },
  'a span id of 4 bytes': { make: s => [{ ...s, spanId: Buffer.alloc(4, 1) }], refused: 1 },
  'a span id of 16 bytes': { make: s => [{ ...s, spanId: Buffer.alloc(16, 1) }], refused: 1 },
  'a trace id all zero': { make: s => [{ ...s, traceId: Buffer.alloc(16) }], refused: 1 },
  'a span id all zero': { make: s => [{ ...s, spanId: Buffer.alloc(8) }], refused: 1 },
  'NUL in an attribute': {
    make: withAttribute('odd', { string: 'a\0b' }),
    row: r => assert.deepEqual([r.attributes['odd'], r.attributes['runledger.replaced']], ['a\uFFFDb', true]),
  },
  'NUL in the name': { make: s => [{ ...s, name: 'a\0b' }], row: r => assert.deepEqual(r.content, { text: 'thought 7' }) },
  'NUL escaped in the JSON of a message': {
    make: s => [{ ...s, attributes: chat(output('a\\u0000b')) }],
    row: r => assert.deepEqual([r.content, r.attributes['runledger.replaced']], [{ text: 'a\uFFFDb' }, true]),
  },
  'half a surrogate pair in the JSON of a message': {
    make: s => [{ ...s, attributes: chat(output('a\\ud800b')) }],
    row: r => assert.deepEqual([r.content, r.attributes['runledger.replaced']], [{ text: 'a\uFFFDb' }, true]),
  },
  'invalid UTF-8 in an attribute': {
    make: withAttribute('odd', { string: invalidUtf8 }),
    row: r => assert.equal(r.attributes['odd'], 'a\uFFFD\uFFFDb'),
    protobufOnly: true,
  },
  'invalid UTF-8 in the name': {
    make: s => [{ ...s, name: invalidUtf8 }],
    row: r => assert.deepEqual(r.content, { text: 'thought 7' }),
    protobufOnly: true,
  },
  bytesValue: { make: withAttribute('odd', { bytes: Buffer.from([0, 1, 255]) }), row: r => assert.equal(r.attributes['odd'], 'AAH/') },
  NaN: { make: withAttribute('odd', { double: Number.NaN }), row: r => assert.equal(r.attributes['odd'], 'NaN') },
  Infinity: { make: withAttribute('odd', { double: Number.POSITIVE_INFINITY }), row: r => assert.equal(r.attributes['odd'], 'Infinity') },
  'an end before its start': { make: s => [{ ...s, end: s.start - 1_000_000n }], row: r => assert.equal(r.latency_ms, null) },
  'times of 0': { make: s => [{ ...s, start: 0n, end: 0n }], row: r => assert.equal(r.timestamp.getTime(), 0) },
  'an end of 0': { make: s => [{ ...s, end: 0n }], row: r => assert.equal(r.latency_ms, null) },
  'a start of 2^64 - 1': { make: s => [{ ...s, start: 2n ** 64n - 1n }], row: r => assert.ok(r.timestamp.getUTCFullYear() >= 2026) },
  'an attribute of 20 MB': {
    make: withAttribute('odd', { string: 'x'.repeat(20 * 2 ** 20) }),
    row: r => assert.equal(String(r.attributes['odd']).length, 20 * 2 ** 20),
  },
  'keys a and a.b': {
    make: s => [{ ...s, attributes: [...s.attributes, ['a', { string: '1' }], ['a.b', { string: '2' }]] }],
    row: r => assert.deepEqual([r.attributes['a'], r.attributes['a.b']], ['1', '2']),
  },
  'a session.id of 1,000 characters': {
    make: withAttribute('session.id', { string: 's'.repeat(1_000) }),
    row: r => assert.deepEqual(r.content, { text: 'thought 7' }),
  },
  'a name of 5,000 characters': {
    make: s => [{ ...s, name: 'n'.repeat(5_000) }],
    row: r => assert.deepEqual(r.content, { text: 'thought 7' }),
  },
  'a token count of "-5"': {
    make: withAttribute('gen_ai.usage.input_tokens', { string: '-5' }),
    row: r => assert.deepEqual([r.attributes['gen_ai.usage.input_tokens'], r.attributes['input_tokens']], ['-5', undefined]),
  },
  'a token count of 2^40': {
    make: withAttribute('gen_ai.usage.input_tokens', { int: 2n ** 40n }),
    row: r => assert.equal(r.attributes['input_tokens'], 2 ** 40),
  },
  'the same span twice': { make: s => [s, s], row: r => assert.deepEqual(r.content, { text: 'thought 7' }) },
}

describe('one odd span among fifteen good ones', () => {
  const server = testServer()

  const send = async (type: 'protobuf' | 'json', spans: readonly OddSpan[]) => {
    const body = type === 'json' ? requestJson(spans) : requestBytes(spans.map(spanBytes))
    const answer = await fetch(`${server.otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': `application/${type === 'json' ? 'json' : 'x-protobuf'}` },
      body,
    })
    const said = Buffer.from(await answer.arrayBuffer())
    assert.equal(answer.status, 200)
    await drained(server.db)
    return said
  }
  const rowsOf = async (traceId: Buffer): Promise<(Row & { readonly span_id: string })[]> =>
    server.db('obs_steps').where('trace_id', traceId.toString('hex')).orderBy('sequence')

  for (const [name, { make, refused = 0, row, protobufOnly }] of Object.entries(cases))
    for (const type of protobufOnly ? (['protobuf'] as const) : (['protobuf', 'json'] as const))
      it(`${name}, in ${type}`, async function () {
        this.timeout(60_000)
        const traceId = randomBytes(16)
        const good = Array.from({ length: 15 }, (_, n) => step(traceId, n < 7 ? n : n + 1))
        const quarantined = async () => Number((await server.db('obs_quarantine').sum('times as n').first())?.['n'] ?? 0)
        const before = await quarantined()
        const said = await send(type, [...good.slice(0, 7), ...make(step(traceId, 7)), ...good.slice(7)])
        const rows = await rowsOf(traceId)
        const odd = rows.find(r => r.span_id === Buffer.from(step(traceId, 7).spanId).toString('hex'))
        const others = rows.filter(r => r !== odd)
        const texts = others.map(r => String(r.content['text'])).sort()
        assert.deepEqual(texts, good.map(g => String(g.name).replace('step', 'thought')).sort())
        assert.equal((await quarantined()) - before, refused)
        if (refused > 0) {
          assert.equal(odd, undefined)
          if (type === 'json') assert.match(said.toString(), /"rejectedSpans":"1"/)
          // ExportTraceServiceResponse.partial_success (1) with rejected_spans (1) = 1.
          else assert.deepEqual([said[0], said[2], said[3]], [0x0a, 0x08, 1])
        } else {
          assert.ok(odd)
          row?.(odd)
        }
      })

  it('the same span id in two traces: a step in each', async () => {
    const [one, two] = [randomBytes(16), randomBytes(16)]
    await send('protobuf', [step(one, 1), step(two, 1)])
    assert.deepEqual([(await rowsOf(one)).length, (await rowsOf(two)).length], [1, 1])
  })
})
