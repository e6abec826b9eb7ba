import assert from 'node:assert/strict'
import { SpanKind } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { PermanentError } from '../../src/errors.ts'
import { checkRequest, readFacts } from '../../src/otlp/index.ts'
import { convertJson } from '../../src/otlp/json.ts'
import { MAX_NESTING } from '../../src/otlp/scan.ts'
import { readFixture, readJson } from './corpus.ts'
import { withoutDigest } from './facts.ts'

const exported = () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    resource: resourceFromAttributes({ 'service.name': 'agent' }),
  })
  const tracer = provider.getTracer('test', '1.2.3')
  const span = tracer.startSpan('chat', {
    kind: SpanKind.CLIENT,
    attributes: { a: 'x', n: 5, f: 1.5, b: true, l: ['p', 'q'], big: 2 ** 50 },
    startTime: [1_800_000_000, 123_456_789],
  })
  span.addEvent('exception', { 'exception.message': 'no' }, [1_800_000_001, 1])
  span.setStatus({ code: 2, message: 'bad' }).end([1_800_000_002, 7])
  tracer.startSpan('plain').end()
  return exporter.getFinishedSpans()
}

const spanOf = (fields: string): Buffer =>
  Buffer.from(
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",${fields}}]}]}]}`,
  )

const attributeOf = (value: string): unknown => {
  for (const item of readFacts('traces', convertJson('traces', spanOf(`"attributes":[{"key":"k","value":${value}}]`), 1).payload))
    return item.attributes.get('k')
  return undefined
}

describe('convertJson', () => {
  it('makes the same facts of an SDK export as protobuf does', () => {
    const spans = exported()
    const protobuf = ProtobufTraceSerializer.serializeRequest(spans) ?? assert.fail()
    const json = JsonTraceSerializer.serializeRequest(spans) ?? assert.fail()
    const facts = [...readFacts('traces', protobuf)]
    assert.equal(facts.length, 2)
    assert.deepEqual([...readFacts('traces', convertJson('traces', json, 9).payload)].map(withoutDigest), facts.map(withoutDigest))
    assert.deepEqual(checkRequest('traces', 'protobuf', protobuf, { maxItems: 9 }).refused, [])
  })

  it('keeps integers that a double cannot hold, as strings and as numbers', () => {
    assert.equal(attributeOf('{"intValue":9007199254740993}'), 9007199254740993n)
    assert.equal(attributeOf('{"intValue": -9223372036854775808 }'), -(2n ** 63n))
    assert.equal(attributeOf('{"intValue":"9223372036854775807"}'), 2n ** 63n - 1n)
    assert.equal(attributeOf('{"intValue":5}'), 5)
    assert.equal(attributeOf('{"stringValue":"[9007199254740993, \\": 9007199254740993,"}'), '[9007199254740993, ": 9007199254740993,')
  })

  it('tells bytes in base64 and base64url, padded or not', () => {
    assert.deepEqual(attributeOf('{"bytesValue":"-_8"}'), new Uint8Array([0xfb, 0xff]))
    assert.deepEqual(attributeOf('{"bytesValue":"+/8="}'), new Uint8Array([0xfb, 0xff]))
  })

  it('keeps a refused span as its JSON text, however deep', () => {
    const deep = `${'{"arrayValue":{"values":['.repeat(20_000)}${']}}'.repeat(20_000)}`
    const { refused } = convertJson('traces', spanOf(`"attributes":[{"key":"k","value":${deep}}]`), 1)
    assert.match(refused[0]?.reason ?? '', /nested at most/)
    assert.ok(Buffer.from(refused[0]?.bytes ?? []).includes(deep))
  })

  it('keeps what is nested as deep as may be, in lists of pairs too', () => {
    const deep = `${'{"kvlistValue":{"values":[{"key":"k","value":'.repeat(MAX_NESTING - 1)}{}${'}]}}'.repeat(MAX_NESTING - 1)}`
    const { refused } = convertJson('traces', spanOf(`"attributes":[{"key":"k","value":${deep}}]`), 1)
    assert.deepEqual(refused, [])
  })

  it('leaves out what does not fit in events, links and parent, and says so', () => {
    const { refused, warnings, payload } = convertJson(
      'traces',
      spanOf('"parentSpanId":"xyz","links":[1],"events":[{"name":"e","timeUnixNano":"-1"},3]'),
      1,
    )
    assert.deepEqual([refused.length, warnings.length], [0, 3])
    for (const item of readFacts('traces', payload))
      assert.deepEqual(item.kind === 'span' && item.events, [{ name: 'e', time: 0n, attributes: new Map() }])
  })

  it('throws nothing but PermanentError on any JSON, wherever it stands', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom<'traces' | 'logs'>('traces', 'logs'), (value, signal) => {
        const wrapped = [
          value,
          { resourceSpans: value, resourceLogs: value },
          { resourceSpans: [{ scopeSpans: [{ spans: value }] }] },
          { resourceSpans: [{ resource: value }] },
        ]
        const inSpan = [
          'name',
          'attributes',
          'events',
          'links',
          'status',
          'kind',
          'endTimeUnixNano',
          'parentSpanId',
          'flags',
          'traceId',
        ].map(name => spanOf(`"${name}":${JSON.stringify(value)}`))
        const inValue = ['stringValue', 'intValue', 'doubleValue', 'boolValue', 'arrayValue', 'kvlistValue', 'bytesValue'].map(name =>
          spanOf(`"attributes":[{"key":"k","value":{"${name}":${JSON.stringify(value)}}}]`),
        )
        for (const body of [...wrapped.map(root => Buffer.from(JSON.stringify(root))), ...inSpan, ...inValue]) {
          try {
            const { payload, refused, items } = convertJson(signal, body, 9)
            assert.equal([...readFacts(signal, payload)].length, items - refused.length)
          } catch (error) {
            assert.ok(error instanceof PermanentError, String(error))
          }
        }
      }),
    ))

  it('takes enums by number and by name', () => {
    const kindOf = (kind: string): unknown => {
      for (const item of readFacts('traces', convertJson('traces', spanOf(`"kind":${kind}`), 1).payload))
        return item.kind === 'span' && item.spanKind
      return undefined
    }
    assert.deepEqual(['3', '"3"', '"SPAN_KIND_CLIENT"', '"CLIENT"', '"ODD"', '99', 'null'].map(kindOf), [3, 3, 3, 3, 0, 0, 0])
  })

  it('answers the edge cases as expected', () => {
    type Case = { readonly status: number }
    for (const [name, { status }] of Object.entries(readJson<Record<string, Case>>('otlp-edge/expected.json'))) {
      const check = () => checkRequest('traces', 'json', readFixture(`otlp-edge/${name}.json`), { maxItems: 99 })
      if (status === 200) assert.equal(check().refused.length, name === 'bad-ids-partial' ? 3 : 0, name)
      else assert.throws(check, { status }, name)
    }
  })
})
