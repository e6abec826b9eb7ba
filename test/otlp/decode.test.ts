import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { SpanItem, Value } from '../../src/model/fact.ts'
import { readFacts } from '../../src/otlp/index.ts'
import { convertJson } from '../../src/otlp/json.ts'
import { readLines } from './corpus.ts'
import { said } from './facts.ts'
import { attribute, field, nested, requestOf, span, varintField } from './wire.ts'

const spansOf = (payload: Uint8Array): readonly SpanItem[] => [...readFacts('traces', payload)].filter(item => item.kind === 'span')

const only = (payload: Uint8Array): SpanItem => spansOf(payload)[0] ?? assert.fail('no span')

const poison = (id: string): Buffer =>
  Buffer.from(
    readLines<{ id: string; hex: string }>('corpus/poison/otlp_proto_cases.ndjson').find(found => found.id === id)?.hex ?? '',
    'hex',
  )

describe('readFacts', () => {
  it('reads every kind of value as it was sent', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), said), { maxLength: 6 }), all => {
        const attributes = all.map(([key, { json }]) => ({ key, value: json }))
        const span = {
          traceId: '5b8efff798038103d269b633813fc60c',
          spanId: 'eee19b7ec3c1b174',
          attributes,
          events: [{ name: 'e', attributes }],
        }
        const body = Buffer.from(
          JSON.stringify({
            resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 's', attributes }, spans: [span] }] }],
          }),
        )
        const item = only(convertJson('traces', body, 1).payload)
        const expected = new Map(all.map(([key, { value }]) => [key, value]))
        assert.deepEqual(item.attributes, expected)
        assert.deepEqual(item.events, [{ name: 'e', time: 0n, attributes: expected }])
        assert.deepEqual(item.origin, { resource: expected, scope: { name: 's', version: '', attributes: expected } })
      }),
    ))

  it('cuts what is nested deeper than 64 with a mark', () => {
    const depthOf = (value: Value): number => (Array.isArray(value) ? 1 + depthOf(value[0] ?? null) : 0)
    const innermost = (value: Value): Value => (Array.isArray(value) ? innermost(value[0] ?? null) : value)
    const read = (depth: number): Value => only(requestOf(span(field(9, attribute('k', nested(depth)))))).attributes.get('k') ?? null
    assert.deepEqual([depthOf(read(63)), innermost(read(63))], [63, 'x'])
    assert.deepEqual([depthOf(read(64)), innermost(read(64))], [64, '…'])
    assert.deepEqual([depthOf(read(150)), innermost(read(150))], [64, '…'])
  })

  it('shows bytes that are not UTF-8 as U+FFFD and keeps the neighbours', () => {
    assert.deepEqual(
      spansOf(poison('PB10')).map(({ name }) => name),
      ['\ufffd\ufffdA', 'ok'],
    )
  })

  it('lets the last of several win: field, member of a value, attribute', () => {
    assert.equal(only(poison('PB21')).name, 'last')
    assert.equal(only(poison('PB22')).attributes.get('k'), 7)
    assert.equal(only(poison('PB24')).attributes.get('k'), -1)
  })

  it('reads enum numbers that are not known as unspecified', () => {
    const item = only(requestOf(span(varintField(6, 99), field(15, varintField(3, 9)))))
    assert.deepEqual([item.spanKind, item.status.code], [0, 0])
  })

  it('takes a parent id that is none for no parent', () => {
    assert.equal(only(requestOf(span(field(4, Buffer.alloc(8))))).parentSpanId, undefined)
    assert.equal(only(requestOf(span(field(4, Buffer.alloc(16, 1))))).parentSpanId, undefined)
    assert.equal(only(requestOf(span(field(4, Buffer.alloc(8, 1))))).parentSpanId, '0101010101010101')
  })

  it('digests an item by itself, its resource and its scope alone', () => {
    const one = span(field(5, Buffer.from('one')))
    const digest = only(requestOf(one)).digest
    assert.equal(spansOf(Buffer.concat([requestOf(span()), requestOf(span(), one)]))[2]?.digest, digest)
    assert.notEqual(only(requestOf(span())).digest, digest)
    assert.notEqual(only(field(1, field(1, field(1, attribute('a', field(1)))), field(2, field(2, one)))).digest, digest)
  })

  it('shares one origin between the items of a scope', () => {
    const [first, second] = spansOf(requestOf(span(), span()))
    assert.equal(first?.origin, second?.origin)
  })

  it('never throws on any bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom<'traces' | 'logs'>('traces', 'logs'), (bytes, signal) => {
        for (const payload of [bytes, requestOf(bytes), requestOf(span(bytes)), requestOf(span(field(9, bytes)))])
          for (const _ of readFacts(signal, payload));
      }),
    ))
})

describe('readFacts of log records', () => {
  const logs = (...records: readonly unknown[]) => [
    ...readFacts(
      'logs',
      convertJson('logs', Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] })), 9).payload,
    ),
  ]

  it('falls back to the observed time, and for the name from attribute to field to body', () => {
    const records = logs(
      { observedTimeUnixNano: '5', eventName: 'field', attributes: [{ key: 'event.name', value: { stringValue: 'attribute' } }] },
      { timeUnixNano: '6', observedTimeUnixNano: '5', eventName: 'field', body: { stringValue: 'body' } },
      { body: { stringValue: 'body' } },
      { body: { intValue: 1 } },
    )
    assert.deepEqual(
      records.map(item => item.kind === 'log' && [item.time, item.eventName]),
      [
        [5n, 'attribute'],
        [6n, 'field'],
        [0n, 'body'],
        [0n, ''],
      ],
    )
  })

  it('does not associate a record whose ids are not valid', () => {
    const good = { traceId: '5B8EFFF798038103D269B633813FC60C', spanId: 'EEE19B7EC3C1B174' }
    const ids = logs(good, { ...good, spanId: '' }, { ...good, traceId: 'xyz' }, {}).map(item => [item.traceId, item.spanId])
    const trace = good.traceId.toLowerCase()
    assert.deepEqual(ids, [
      [trace, good.spanId.toLowerCase()],
      [trace, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})
