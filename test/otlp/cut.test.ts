import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Item } from '../../src/model/fact.ts'
import type { Identity, Probe } from '../../src/model/identity.ts'
import { checkRequest, cutRequest, readFacts } from '../../src/otlp/index.ts'
import { attribute, field, requestOf, span, spanId } from './wire.ts'

const byTrace: Identity = { keys: new Set(['run']), identify: ({ traceId = '' }) => ({ group: traceId, links: [] }) }
const none: ReadonlySet<number> = new Set()

const text = (value: string): Buffer => field(1, Buffer.from(value))
const traced = (trace: number, name: string, ...more: readonly Buffer[]): Buffer =>
  Buffer.concat([field(1, Buffer.alloc(16, trace)), field(2, spanId), field(5, Buffer.from(name)), ...more])

const scoped = (scope: string, ...items: readonly Buffer[]): Buffer =>
  field(2, field(1, text(scope)), ...items.map(item => field(2, item)), field(3, Buffer.from(`url-${scope}`)))
const resourced = (name: string, ...scopes: readonly Buffer[]): Buffer =>
  field(1, ...scopes, field(1, field(1, attribute('service.name', text(name)))))

const groupOf = (item: Item): string => item.traceId ?? ''

describe('cutRequest', () => {
  it('keeps each item with its resource and scope, in the order of the document, whatever the request', () => {
    const item = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.string()).map(([trace, name]) => traced(trace, name))
    const block = fc.tuple(fc.constantFrom('s', 't'), fc.array(item, { maxLength: 4 })).map(([name, items]) => scoped(name, ...items))
    const request = fc.array(
      fc.tuple(fc.constantFrom('a', 'b'), fc.array(block, { maxLength: 3 })).map(([name, blocks]) => resourced(name, ...blocks)),
    )
    fc.assert(
      fc.property(request, parts => {
        const body = Buffer.concat(parts)
        const all = [...readFacts('traces', body)]
        const { segments, failed } = cutRequest('traces', 'protobuf', body, none, byTrace)
        assert.deepEqual(failed, [])
        assert.equal(new Set(segments.map(({ group }) => group)).size, segments.length)
        for (const { group, items, payload } of segments) {
          const facts = [...readFacts('traces', payload)]
          assert.equal(facts.length, items)
          assert.deepEqual(
            facts,
            all.filter(fact => groupOf(fact) === group),
          )
          assert.equal(checkRequest('traces', 'protobuf', payload, { maxItems: 1000 }).refused.length, 0)
        }
        assert.equal(
          segments.reduce((sum, { items }) => sum + items, 0),
          all.length,
        )
      }),
    )
  })

  it('says equal resources and scopes once in a segment', () => {
    const body = Buffer.concat([resourced('a', scoped('s', traced(1, 'x'))), resourced('a', scoped('s', traced(1, 'y')))])
    const expected = field(
      1,
      field(1, field(1, attribute('service.name', text('a')))),
      field(2, field(1, text('s')), field(3, Buffer.from('url-s')), field(2, traced(1, 'x')), field(2, traced(1, 'y'))),
    )
    assert.deepEqual(
      cutRequest('traces', 'protobuf', body, none, byTrace).segments.map(({ payload }) => Buffer.from(payload)),
      [expected],
    )
  })

  it('leaves out what was refused, in protobuf by its ordinal and in JSON too', () => {
    const bad = Buffer.concat([field(1, Buffer.alloc(16)), field(2, spanId)])
    const body = requestOf(span(), bad, span(field(5, Buffer.from('kept'))))
    const refused = new Set(checkRequest('traces', 'protobuf', body, { maxItems: 9 }).refused.map(({ ordinal }) => ordinal))
    assert.deepEqual(
      cutRequest('traces', 'protobuf', body, refused, byTrace).segments.map(({ items }) => items),
      [2],
    )
    const good = { traceId: '5b8efff798038103d269b633813fc60c', spanId: 'eee19b7ec3c1b174' }
    const json = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [good, { name: 'bad' }, good, good] }] }] }))
    const cut = cutRequest('traces', 'json', json, new Set([1, 2]), byTrace)
    assert.deepEqual([cut.segments.map(({ items }) => items), cut.failed], [[2], []])
    assert.deepEqual(
      cutRequest('traces', 'json', json, none, byTrace).failed.map(({ ordinal }) => ordinal),
      [1],
    )
  })

  it('probes what identifies an item, strings of identity keys alone, the last of several', () => {
    const probes: Probe[] = []
    const identity: Identity = {
      keys: new Set(['run', 'service.name']),
      identify: probe => {
        probes.push(probe)
        return { group: 'g', links: [{ link: probe.attributes.get('run') ?? '-', kind: 'run' }] }
      },
    }
    const run = (value: Buffer): Buffer => field(9, attribute('run', value))
    const item = traced(1, 'x', run(text('first')), field(9, attribute('nur', text('no'))), run(text('last')))
    const body = resourced('a', scoped('s', item, traced(1, 'y', run(text('r')), run(Buffer.from([0x18, 5]))), traced(1, 'z')))
    const { segments } = cutRequest('traces', 'protobuf', body, none, identity)
    const common = { signal: 'traces', traceId: '01'.repeat(16), scopeName: 's', resource: new Map([['service.name', 'a']]) }
    assert.deepEqual(probes, [
      { ...common, attributes: new Map([['run', 'last']]) },
      { ...common, attributes: new Map() },
      { ...common, attributes: new Map() },
    ])
    assert.deepEqual(segments[0]?.links, [
      { link: 'last', kind: 'run' },
      { link: '-', kind: 'run' },
    ])
  })

  it('lets an item that cannot be identified cost that item alone', () => {
    const identity: Identity = {
      keys: new Set(['run']),
      identify: ({ attributes }) => {
        if (attributes.has('run')) throw new Error('no')
        return { group: 'g', links: [] }
      },
    }
    const bad = span(field(9, attribute('run', text('x'))))
    const { segments, failed } = cutRequest('traces', 'protobuf', requestOf(span(), bad, span()), none, identity)
    assert.deepEqual(failed, [{ ordinal: 1, reason: 'Cannot be placed: no', bytes: bad }])
    assert.equal(segments[0]?.items, 2)
  })
})
