import type { Attributes, Item, LogItem, Origin, SpanItem } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { uuidFromHex } from '../model/uuid.ts'
import { ATTR_AGENT_ID, ATTR_AGENT_NAME, ATTR_RUN_ID, ATTR_RUN_METADATA, ATTR_SESSION_ID } from '../semconv.ts'
import type { Convention } from './convention.ts'
import { errorFromSpan, saysCancelled } from './exception.ts'
import { identify, identityKeys } from './identity.ts'
import { mergedFields, precedence } from './precedence.ts'
import type { Reading, Said } from './reading.ts'
import { samplingOf } from './sampling.ts'
import { startedSpan } from './started-span.ts'
import { filled, isObject, jsonFromValue, parsedFromValue, present, stringAt } from './value.ts'

/** What one item says: what every span says of itself, and what each vocabulary it speaks adds, field by field. `strongest` are believed before any order by field. Total and pure. */
export const readItem = (item: Item, conventions: readonly Convention[], strongest: ReadonlySet<Convention> = none): Reading => {
  const started = startedSpan(item)
  const told = conventions.flatMap(c => {
    // Our own vocabulary knows its logs; to the others a start event is the span that has started.
    const shown = started !== undefined && c.name !== 'native' ? started : item
    return c.speaks(shown) ? [{ name: c.name, isOwn: strongest.has(c), ...c.read(shown) }] : []
  })
  const { said, lost } = merged(told)
  const { about, state, spanId, parent, name, start, ...facts } = said
  const consumed = new Set(told.flatMap(t => t.consumed))
  const base = item.kind === 'span' ? spanBase(item) : logBase(item)
  const isSpan = (about ?? base.about) === 'span'
  const own = spanId ?? base.spanId
  const { cancelled = base.error && saysCancelled(base.error), error = base.error, role = 'other', ...others } = facts
  return {
    ...base,
    ...others,
    role,
    ...present({ error, cancelled: cancelled || undefined, resource: resourceOf(item.origin) }),
    about: about ?? base.about,
    state: state ?? base.state,
    end: state === 'started' ? 'open' : base.end,
    name: name ?? base.name,
    start: start ?? base.start,
    ...(parent === undefined ? {} : parent === null ? { parent: undefined } : { parent }),
    ...present({ spanId: own }),
    key: isSpan && item.traceId !== undefined && own !== undefined ? `${item.traceId}/${own}` : base.key,
    rest: { ...restOf(item, consumed), ...lost },
  } as Reading
}

const none: ReadonlySet<Convention> = new Set()

type Telling = { readonly name: string; readonly isOwn: boolean; readonly said: Said }

const merged = (tellings: readonly Telling[]): { readonly said: Said; readonly lost: JsonObject } => {
  const [only] = tellings
  if (only === undefined) return { said: {}, lost: {} }
  if (tellings.length === 1) return { said: only.said, lost: {} }
  const said: Record<string, unknown> = {}
  const lost: Record<string, Json> = {}
  for (const field of new Set(tellings.flatMap(t => Object.keys(t.said)))) {
    const values = valuesOf(field, tellings)
    said[field] = mergedFields.has(field) ? Object.assign({}, ...values.map(v => v.value).reverse()) : values[0]?.value
    if (keptWhenLost.has(field)) Object.assign(lost, losers(field, values))
  }
  // Every field was taken from a Said under its own name.
  return { said: said as Said, lost }
}

/** Fields whose losing value stays in `rest`, under `vocabulary.field`, where it says something else. */
const keptWhenLost: ReadonlySet<string> = new Set<keyof Said>(['text', 'reasoning'])

type Valued = { readonly name: string; readonly value: unknown }

const valuesOf = (field: string, tellings: readonly Telling[]): readonly Valued[] =>
  rankedBy(field, tellings).flatMap(({ name, said }) => {
    const value = Object.entries(said).find(([key]) => key === field)?.[1]
    return value === undefined ? [] : [{ name, value }]
  })

const losers = (field: string, [winner, ...others]: readonly Valued[]): JsonObject =>
  Object.fromEntries(
    others.flatMap(({ name, value }) => (typeof value === 'string' && value !== winner?.value ? [[`${name}.${field}`, value]] : [])),
  )

const rankedBy = (field: string, tellings: readonly Telling[]): readonly Telling[] => {
  const order = Object.entries(precedence).find(([key]) => key === field)?.[1]
  if (order === undefined) return tellings
  const rank = ({ name, isOwn }: Telling): number => (isOwn ? -1 : (order.indexOf(name) + order.length + 1) % (order.length + 1))
  return [...tellings].sort((a, b) => rank(a) - rank(b))
}

type Base = Pick<Reading, 'key' | 'group' | 'digest' | 'state' | 'about' | 'name' | 'start' | 'end' | 'status'> &
  Partial<Pick<Reading, 'traceId' | 'spanId' | 'parent' | 'sampling' | 'statusMessage' | 'error' | 'episode'>>

const statuses: Readonly<Record<number, Reading['status']>> = { 1: 'ok', 2: 'error' }

const spanBase = (item: SpanItem): Base => ({
  key: `${item.traceId}/${item.spanId}`,
  group: uuidFromHex(item.traceId),
  digest: item.digest,
  state: 'ended',
  about: 'span',
  traceId: item.traceId,
  spanId: item.spanId,
  name: item.name,
  start: item.start,
  end: item.end,
  status: statuses[item.status.code] ?? 'unset',
  ...present({
    parent: item.parentSpanId,
    statusMessage: item.status.message || undefined,
    error: errorFromSpan(item),
    sampling: samplingOf(item),
  }),
})

const logBase = (item: LogItem): Base => ({
  key: `log/${item.digest}`,
  group: identify({ ...probeOf(item), signal: 'logs', ...present({ traceId: item.traceId }) }).group,
  digest: item.digest,
  state: 'ended',
  about: 'run',
  name: item.eventName,
  start: item.time,
  end: item.time,
  status: 'unset',
  ...present({ traceId: item.traceId, spanId: item.spanId }),
})

const probeOf = (item: LogItem) => ({
  scopeName: item.origin.scope.name,
  attributes: picked(item.attributes),
  resource: picked(item.origin.resource),
})

const picked = (attributes: Attributes): ReadonlyMap<string, string> =>
  new Map([...attributes].flatMap(([key, value]) => (identityKeys.has(key) && typeof value === 'string' ? [[key, value] as const] : [])))

// Items share their origin: what the resource says is read once for all of them.
const resources = new WeakMap<Origin, NonNullable<Reading['resource']>>()

const resourceOf = (origin: Origin): NonNullable<Reading['resource']> => {
  const known = resources.get(origin)
  if (known !== undefined) return known
  const { resource } = origin
  const metadata = parsedFromValue(resource.get(ATTR_RUN_METADATA))
  const agent = present({ id: stringAt(resource, ATTR_AGENT_ID), name: stringAt(resource, ATTR_AGENT_NAME) })
  const run = present({ sessionId: stringAt(resource, ATTR_SESSION_ID), metadata: isObject(metadata) ? metadata : undefined })
  const read = present({
    runId: stringAt(resource, ATTR_RUN_ID),
    service: stringAt(resource, 'service.name'),
    agent: filled(agent),
    run: filled(run),
  })
  resources.set(origin, read)
  return read
}

const restOf = (item: Item, consumed: ReadonlySet<string>): JsonObject => {
  const rest: [string, Json][] = []
  for (const [key, value] of item.attributes) if (!consumed.has(key)) rest.push([key, jsonFromValue(value)])
  if (item.kind === 'span') {
    const events = item.events.filter(e => e.name !== 'exception' && !consumed.has(`event:${e.name}`))
    if (events.length > 0) rest.push(['events', events.map(e => ({ name: e.name, attributes: jsonFromValue(e.attributes) }))])
  }
  return Object.fromEntries(rest)
}
