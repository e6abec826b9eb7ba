import { readItem } from '../../src/conventions/index.ts'
import { assemble, divide } from '../../src/ledger/index.ts'
import type { Attributes, LogItem, Origin, SpanItem, Value } from '../../src/model/fact.ts'
import type { Clock, Ledger } from '../../src/model/ledger.ts'
import { at, settled, trace } from '../ledger/readings.ts'

type Plain = string | number | boolean | null | Uint8Array | readonly Plain[] | { readonly [key: string]: Plain }
type Record = { readonly [key: string]: Plain }

const valueFrom = (plain: Plain): Value => {
  if (plain === null || typeof plain !== 'object' || plain instanceof Uint8Array) return plain
  if (isList(plain)) return plain.map(valueFrom)
  return attributesFrom(plain)
}

const isList = (plain: readonly Plain[] | Record): plain is readonly Plain[] => Array.isArray(plain)

const attributesFrom = (record: Record): Attributes => new Map(Object.entries(record).map(([key, value]) => [key, valueFrom(value)]))

const originFrom = (scope: string, resource: Record): Origin => ({
  resource: attributesFrom({ 'service.name': 'service', ...resource }),
  scope: { name: scope, version: '', attributes: new Map() },
})

const idFrom = (name: string): string => Buffer.from(name.padEnd(8, '_')).subarray(0, 8).toString('hex')

type SpanFields = {
  readonly in?: string
  readonly from?: number
  readonly to?: number
  readonly trace?: string
  readonly scope?: string
  readonly resource?: Record
  readonly kind?: number
  readonly status?: number
  readonly message?: string
  readonly attributes?: Record
  readonly events?: readonly (readonly [string, Record])[]
}

/** A span as it came over the wire: `name` is its name, and the first eight letters of `id` its id. */
export const sentSpan = (id: string, name: string, fields: SpanFields = {}): SpanItem => {
  const { from = 0, to = from + 10, attributes = {}, events = [] } = fields
  return {
    kind: 'span',
    origin: originFrom(fields.scope ?? 'test', fields.resource ?? {}),
    traceId: fields.trace ?? trace,
    spanId: idFrom(id),
    ...(fields.in === undefined ? {} : { parentSpanId: idFrom(fields.in) }),
    name,
    spanKind: fields.kind ?? 1,
    start: at(from),
    end: at(to),
    attributes: attributesFrom(attributes),
    events: events.map(([event, of]) => ({ name: event, time: at(from), attributes: attributesFrom(of) })),
    status: { code: fields.status ?? 0, message: fields.message ?? '' },
    digest: `${id} ${from} ${to} ${JSON.stringify(attributes)}`,
  }
}

type LogFields = {
  readonly in?: string
  readonly trace?: string | null
  readonly at?: number
  readonly scope?: string
  readonly resource?: Record
  readonly body?: Plain
  readonly attributes?: Record
}

/** A log record as it came over the wire; `trace: null`: without ids. */
export const sentLog = (eventName: string, fields: LogFields = {}): LogItem => ({
  kind: 'log',
  origin: originFrom(fields.scope ?? 'test', fields.resource ?? {}),
  ...(fields.trace === null ? {} : { traceId: fields.trace ?? trace }),
  ...(fields.in === undefined ? {} : { spanId: idFrom(fields.in) }),
  time: at(fields.at ?? 0),
  severity: 9,
  eventName,
  body: valueFrom(fields.body ?? null),
  attributes: attributesFrom(fields.attributes ?? {}),
  digest: `${eventName} ${fields.at} ${JSON.stringify(fields.attributes)} ${JSON.stringify(fields.body)}`,
})

/** The ledgers of what one cluster was sent, in the order of their beginnings. */
export const runsOf = (items: readonly (SpanItem | LogItem)[], clock: Clock = settled): readonly Ledger[] =>
  [
    ...divide(
      items.map(item => readItem(item)),
      new Set(),
    ).runs,
  ]
    .flatMap(([id, readings]) => assemble(id, readings, clock) ?? [])
    .sort((a, b) => (a.run.createdAt < b.run.createdAt ? -1 : 1))

/** The ledger of the only run that was sent. */
export const runOf = (items: readonly (SpanItem | LogItem)[], clock: Clock = settled): Ledger => {
  const [run, ...others] = runsOf(items, clock)
  if (run === undefined || others.length > 0) throw new Error(`Expected one run, got ${others.length + (run === undefined ? 0 : 1)}`)
  return run
}
