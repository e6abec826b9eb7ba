import assert from 'node:assert/strict'
import fc from 'fast-check'
import { convertJson } from '../../src/otlp/json.ts'
import { groupedFacts, jsonFacts } from '../../src/otlp/to-json.ts'

const value = {
  kvlistValue: {
    values: [
      { key: 's', value: { stringValue: 'é\u0000😀' } },
      { key: 'i', value: { intValue: '-9223372036854775808' } },
      { key: 'd', value: { doubleValue: 'NaN' } },
      { key: 'z', value: { doubleValue: 0.1 } },
      { key: 'b', value: { boolValue: false } },
      { key: 'y', value: { bytesValue: 'AAEC/w==' } },
      { key: 'a', value: { arrayValue: { values: [{}, { intValue: '1' }] } } },
    ],
  },
}

const span = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  traceState: 'a=b',
  parentSpanId: 'eee19b7ec3c1b173',
  name: 'one',
  kind: 3,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '18446744073709551615',
  attributes: [{ key: 'v', value }],
  events: [{ timeUnixNano: '5', name: 'e', attributes: [{ key: 'k', value: { stringValue: 's' } }] }],
  links: [{ traceId: '5b8efff798038103d269b633813fc60d', spanId: 'eee19b7ec3c1b175', flags: 257 }],
  status: { message: 'no', code: 2 },
  flags: 769,
}

describe('jsonFacts', () => {
  it('says again what was sent, to the last bit', () => {
    const sent = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] },
          scopeSpans: [
            { scope: { name: 'x', version: '1' }, spans: [span, { ...span, spanId: 'eee19b7ec3c1b176', events: [], links: [] }] },
          ],
        },
      ],
    }
    const { payload: protobuf } = convertJson('traces', Buffer.from(JSON.stringify(sent)), 10)
    const { events: _, links: __, ...second } = { ...span, spanId: 'eee19b7ec3c1b176' }
    assert.deepEqual(groupedFacts([...jsonFacts('traces', protobuf)]), {
      resourceSpans: [{ ...sent.resourceSpans[0], scopeSpans: [{ scope: { name: 'x', version: '1' }, spans: [span, second] }] }],
      resourceLogs: [],
    })
    assert.deepEqual(
      [...jsonFacts('traces', protobuf, 1)].map(({ item }) => item['spanId']),
      ['eee19b7ec3c1b176'],
    )
  })

  it('never throws on any bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        for (const signal of ['traces', 'logs'] as const) JSON.stringify([...jsonFacts(signal, bytes)])
      }),
    ))
})
