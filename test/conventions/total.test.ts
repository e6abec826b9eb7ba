import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { conventions } from '../../src/conventions/index.ts'
import type { Attributes, Item, LogItem, SpanItem, Value } from '../../src/model/fact.ts'
import { fixtureNames, itemsOf } from './fixtures.ts'

const fixtures: readonly Item[] = fixtureNames.flatMap(itemsOf)

const readBy = (item: Item) => conventions.map(convention => [convention.name, convention.speaks(item), convention.read(item)] as const)

// Every name the vocabularies know of comes from the fixtures, so that junk gets past their first look.
const keys = [...new Set(fixtures.flatMap(item => [...item.attributes.keys()]))].sort()
const names = [
  ...new Set(fixtures.flatMap(item => (item.kind === 'span' ? [item.name, ...item.events.map(e => e.name)] : [item.eventName]))),
]
const scopes = [...new Set(fixtures.map(item => item.origin.scope.name))]
const texts = [...new Set(fixtures.flatMap(item => [...item.attributes.values()]).filter(v => typeof v === 'string'))]
  .sort()
  .slice(0, 2_000)

const cutText = fc.tuple(fc.constantFrom(...texts), fc.nat(200)).map(([text, at]) => text.slice(0, at))
const value = fc.letrec<{ value: Value }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Value>(
      null,
      true,
      '',
      'constructor',
      '__proto__',
      '{}',
      '[[]]',
      '{"type":"toString"}',
      '[{"role":7,"content":{"parts":[0]}}]',
    ),
    fc.constantFrom(...texts),
    cutText,
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.json(),
    fc.uint8Array({ maxLength: 9 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(fc.oneof(fc.constantFrom(...keys), fc.string()), tie('value')), { maxLength: 4 }).map(list => new Map(list)),
  ),
})).value

const attributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...keys), fc.string()), value), { maxLength: 12 })
  .map(list => new Map(list))
const name = fc.oneof(fc.constantFrom(...names), fc.string())
const origin = fc.record({
  resource: attributes,
  scope: fc.record({ name: fc.oneof(fc.constantFrom(...scopes), fc.string()), version: fc.string(), attributes }),
})
const id = (digits: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const span: fc.Arbitrary<SpanItem> = fc.record({
  kind: fc.constant('span' as const),
  origin,
  traceId: id(32),
  spanId: id(16),
  name,
  spanKind: fc.nat(6),
  start: time,
  end: time,
  attributes,
  events: fc.array(fc.record({ name, time, attributes }), { maxLength: 3 }),
  status: fc.record({ code: fc.nat(4), message: fc.string() }),
  digest: id(40),
})
const log: fc.Arbitrary<LogItem> = fc.record({
  kind: fc.constant('log' as const),
  origin,
  traceId: id(32),
  spanId: id(16),
  time,
  severity: fc.nat(24),
  eventName: name,
  body: value,
  attributes,
  digest: id(40),
})

describe('every convention', () => {
  it('reads every captured item, and says the same of it again', () => {
    assert.ok(fixtures.length > 200, `only ${fixtures.length} items`)
    for (const item of fixtures) assert.deepEqual(readBy(item), readBy(item))
  })

  it('reads whatever else may come, spoken or not, and never throws', () =>
    fc.assert(
      fc.property(fc.oneof(span, log), item => {
        const before = inspect(item, { depth: null })
        assert.deepEqual(readBy(item), readBy(item))
        assert.equal(inspect(item, { depth: null }), before)
      }),
      { numRuns: 3_000 },
    ))
})
