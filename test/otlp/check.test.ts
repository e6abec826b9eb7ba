import assert from 'node:assert/strict'
import fc from 'fast-check'
import { PermanentError } from '../../src/errors.ts'
import type { ContentType } from '../../src/model/request.ts'
import { checkRequest, readFacts } from '../../src/otlp/index.ts'
import { MAX_NESTING } from '../../src/otlp/scan.ts'
import { readFixture, readJson, readLines } from './corpus.ts'
import { attribute, field, nested, requestOf, span, spanId, traceId, varintField } from './wire.ts'

const limits = { maxItems: 200_000 }

/** What the door says: HTTP status, and how many items it refuses. */
const verdict = (contentType: ContentType, body: Uint8Array): { status: number; rejected: number | null } => {
  try {
    return { status: 200, rejected: checkRequest('traces', contentType, body, limits).refused.length }
  } catch (error) {
    assert.ok(error instanceof PermanentError, String(error))
    return { status: error.status, rejected: null }
  }
}

const reasons = (body: Uint8Array): readonly string[] =>
  checkRequest('traces', 'protobuf', body, limits).refused.map(({ reason }) => reason)

describe('checkRequest', () => {
  it('counts items and keeps the good ones beside a bad one, whose bytes and place it tells', () => {
    const bad = Buffer.concat([field(1, traceId), field(2, Buffer.alloc(8))])
    assert.deepEqual(checkRequest('traces', 'protobuf', requestOf(span(), bad, span()), limits), {
      items: 3,
      refused: [{ ordinal: 1, reason: 'Expected `spanId` not to be all zero', bytes: bad }],
      warnings: [],
    })
  })

  it('says 413 as soon as there are more items than may be', () => {
    const body = requestOf(span(), span(), span())
    assert.throws(() => checkRequest('traces', 'protobuf', body, { maxItems: 2 }), { name: 'PermanentError', status: 413 })
    assert.equal(checkRequest('traces', 'protobuf', body, { maxItems: 3 }).items, 3)
  })

  it('says 413 for eight million empty spans, without an object for each', () => {
    const body = field(1, field(2, Buffer.alloc(16_000_000, Buffer.from([0x12, 0]))))
    assert.equal(verdict('protobuf', body).status, 413)
  })

  it('says 413 for a flood of empty resources or scopes', () => {
    const pairs = Buffer.alloc(16_000_000, Buffer.from([0x0a, 0]))
    assert.equal(verdict('protobuf', pairs).status, 413)
    assert.equal(verdict('protobuf', field(1, Buffer.alloc(16_000_000, Buffer.from([0x12, 0])))).status, 413)
    assert.equal(verdict('json', Buffer.from(`{"resourceSpans":[${'{},'.repeat(500_000)}{}]}`)).status, 413)
  })

  it('refuses a span of four million empty attributes', () => {
    assert.match(reasons(requestOf(span(Buffer.alloc(8_000_000, Buffer.from([0x4a, 0])))))[0] ?? '', /at most/)
  })

  it('refuses what is nested too deep, and nothing beside it', () => {
    const deep = (depth: number): Buffer => span(field(9, attribute('k', nested(depth))))
    assert.deepEqual(reasons(requestOf(deep(MAX_NESTING - 1))), [])
    assert.equal(reasons(requestOf(deep(MAX_NESTING), span())).length, 1)
    assert.equal(reasons(requestOf(deep(5_000), span())).length, 1)
  })

  it('does not refuse log records with ids that are not valid', () => {
    const log = Buffer.concat([field(9, Buffer.alloc(3)), field(10, Buffer.alloc(8))])
    assert.deepEqual(checkRequest('logs', 'protobuf', requestOf(log), limits), { items: 1, refused: [], warnings: [] })
  })

  it('refuses a known field of another wire type, ignores unknown fields, refuses groups', () => {
    assert.equal(reasons(requestOf(span(varintField(5, 1)))).length, 1)
    assert.equal(reasons(requestOf(span(varintField(1000, 1), field(999, traceId)))).length, 0)
    assert.equal(reasons(requestOf(span(Buffer.from([0xfb, 0x3e])))).length, 1)
  })

  it('throws nothing but PermanentError on any bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom<ContentType>('protobuf', 'json'), (bytes, contentType) => {
        verdict(contentType, bytes)
      }),
    ))

  it('throws nothing but PermanentError on valid requests with bytes changed, and what it keeps can be read', () => {
    const good = requestOf(
      span(field(5, Buffer.from('name')), field(9, attribute('k', nested(3))), field(11, field(2, traceId)), field(15, varintField(3, 2))),
      span(field(4, spanId)),
    )
    const change = fc.record({ at: fc.nat(good.length - 1), to: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
        const bytes = Buffer.from(good)
        for (const { at, to } of changes) bytes[at] = to
        if (verdict('protobuf', bytes).status === 200) for (const _ of readFacts('traces', bytes));
      }),
    )
  })
})

describe('checkRequest on the corpora', () => {
  it('takes the canonical OTLP/JSON request', () => {
    assert.deepEqual(verdict('json', readFixture('corpus/opentelemetry-proto/trace.json')), { status: 200, rejected: 0 })
  })

  it('answers malformed protobuf: 400 in the envelope, one refused in a span', () => {
    type Corpus = { readonly messages: Readonly<Record<string, Readonly<Record<string, string>>>> }
    const { messages } = readJson<Corpus>('corpus/otelcol-pdata/malformed_protobuf.json')
    const inSpan = (...more: readonly Buffer[]): Buffer => requestOf(span(...more))
    const wrap: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
      AnyValue: bytes => inSpan(field(9, attribute('k', bytes))),
      ArrayValue: bytes => inSpan(field(9, attribute('k', field(5, bytes)))),
      KeyValue: bytes => inSpan(field(9, bytes)),
      KeyValueList: bytes => inSpan(field(9, attribute('k', field(6, bytes)))),
      Span: bytes => inSpan(bytes),
      SpanEvent: bytes => inSpan(field(11, bytes)),
      SpanLink: bytes => inSpan(field(13, bytes)),
      Status: bytes => inSpan(field(15, bytes)),
      ResourceSpans: bytes => field(1, bytes),
      ScopeSpans: bytes => field(1, field(2, bytes)),
      Resource: bytes => field(1, field(1, bytes)),
      InstrumentationScope: bytes => field(1, field(2, field(1, bytes))),
      EntityRef: bytes => field(1, field(1, field(3, bytes))),
      ExportTraceServiceRequest: bytes => bytes,
      TracesData: bytes => bytes,
    }
    const ofSpan = new Set(['AnyValue', 'ArrayValue', 'KeyValue', 'KeyValueList', 'Span', 'SpanEvent', 'SpanLink', 'Status'])
    let cases = 0
    for (const [message, hexes] of Object.entries(messages)) {
      for (const [name, hex] of Object.entries(hexes)) {
        const body = wrap[message]?.(Buffer.from(hex, 'hex')) ?? assert.fail(message)
        assert.deepEqual(
          verdict('protobuf', body),
          ofSpan.has(message) ? { status: 200, rejected: 1 } : { status: 400, rejected: null },
          `${message} ${name}`,
        )
        cases++
      }
    }
    assert.equal(cases, 137)
  })

  it('answers malformed OTLP/JSON: 400 for containers, refused for ids, parts left out for events and links', () => {
    const cases = readJson<Record<string, { input: unknown }>>('corpus/fluent-bit/otlp_json_traces_cases.json')
    const refused = ['span_name_missing', 'invalid_trace_id', 'invalid_span_id', 'trace_id_zero_length', 'span_id_zero_length']
    const refusedHex = ['trace_id_invalid_hex', 'span_id_invalid_hex', 'trace_id_odd_length', 'span_id_odd_length']
    for (const [name, { input }] of Object.entries(cases)) {
      const status = /root_wrong|^(resourceSpans|scopeSpans|spans|span_entry).*wrong_type/.test(name) ? 400 : 200
      const rejected = status === 400 ? null : [...refused, ...refusedHex].includes(name) ? 1 : 0
      assert.deepEqual(verdict('json', Buffer.from(JSON.stringify(input))), { status, rejected }, name)
    }
  })

  it('answers JSON that is none with 400', () => {
    const { files } = readJson<{ files: Record<string, string> }>('corpus/json-test-suite/test_parsing.b64.json')
    for (const [name, text] of Object.entries(files)) {
      const { status } = verdict('json', Buffer.from(text, 'base64'))
      if (name.startsWith('n_')) assert.equal(status, 400, name)
      else assert.ok(status === 200 || status === 400, name)
    }
  })

  type Poison = {
    readonly id: string
    readonly body?: string
    readonly hex?: string
    readonly expect: { readonly status: number | readonly number[]; readonly rejected_spans: number | null | readonly (number | null)[] }
  }
  const answers = ({ id, expect }: Poison, contentType: ContentType, body: Uint8Array): void => {
    const { status, rejected } = verdict(contentType, body)
    assert.ok([expect.status].flat().includes(status), `${id}: ${status}`)
    const expected = [expect.rejected_spans].flat()
    assert.ok(expected.includes(rejected) || (id === 'E10' && rejected === 0), `${id}: ${rejected} rejected`)
  }

  it('answers poisoned JSON as expected', () => {
    const cases = readLines<Poison>('corpus/poison/otlp_json_cases.ndjson')
    for (const poison of cases) answers(poison, 'json', Buffer.from(poison.body ?? assert.fail(poison.id)))
    assert.equal(cases.length, 135)
  })

  it('answers poisoned protobuf as expected', () => {
    const recipes: Readonly<Record<string, () => Buffer>> = {
      PB15: () => requestOf(span(field(9, attribute('k', nested(5_000))))),
      PB16: () => Buffer.alloc(21_000, Buffer.from([0xfb, 0x3e])),
      PB17: () => field(1, field(2, Buffer.alloc(16_000_000, Buffer.from([0x12, 0])))),
      PB18: () => requestOf(span(Buffer.alloc(8_000_000, Buffer.from([0x4a, 0])))),
    }
    const cases = readLines<Poison>('corpus/poison/otlp_proto_cases.ndjson')
    for (const poison of cases) {
      answers(
        poison,
        'protobuf',
        poison.hex === undefined ? (recipes[poison.id]?.() ?? assert.fail(poison.id)) : Buffer.from(poison.hex, 'hex'),
      )
    }
    assert.equal(cases.length, 24)
  })
})
