import type { Json, JsonObject } from '../model/json.ts'
import type { Signal } from '../model/request.ts'
import { bufferOf, type Cursor, cursorOver, readDouble, readFixed64, readInt64, readTag, readVarint, skip } from './cursor.ts'
import { childrenOf, type Header, scopeBlocks } from './envelope.ts'
import { type Field, type Kind, type Message, resource, scope, signals } from './schema.ts'
import { readInside, readText } from './value.ts'

/** An item of a payload as OTLP/JSON, with the resource and scope it stands under: the same objects for all items of a block. */
export type JsonFact = {
  readonly signal: Signal
  readonly resource: JsonObject
  readonly scope: JsonObject
  readonly item: JsonObject
  /** Of the item on the wire. */
  readonly bytes: number
}

/** Messages nested deeper are cut: a journalled value may hold 64 levels, each of two or three messages. */
const maxMessages = 200

/** The items of a checked payload, one by one, from the `skipped`-th on, in document order. Integers of 64 bits are decimal strings. Total. */
export function* jsonFacts(signal: Signal, payload: Uint8Array, skipped = 0): Generator<JsonFact> {
  const bytes = bufferOf(payload)
  const { item } = signals[signal]
  let last: { readonly header: Header; readonly json: JsonObject } | undefined
  let nth = 0
  for (const block of scopeBlocks(bytes)) {
    if (last?.header !== block.resource)
      last = { header: block.resource, json: messageFrom(cursorOver(block.resource.content), resource, 0) }
    const inScope = messageFrom(cursorOver(block.scope.content), scope, 0)
    for (const { start, end } of childrenOf(cursorOver(bytes, block.start, block.end), 2)) {
      nth += 1
      if (nth <= skipped) continue
      yield { signal, resource: last.json, scope: inScope, item: messageFrom(cursorOver(bytes, start, end), item, 0), bytes: end - start }
    }
  }
}

/** Facts under their resources and scopes again: neighbours that share them stand together. */
export const groupedFacts = (
  facts: readonly JsonFact[],
): { readonly resourceSpans: JsonObject[]; readonly resourceLogs: JsonObject[] } => ({
  resourceSpans: grouped('traces', facts),
  resourceLogs: grouped('logs', facts),
})

const grouped = (signal: Signal, facts: readonly JsonFact[]): JsonObject[] => {
  const { scopes, items } = signals[signal]
  const levels: { resource: JsonObject; scopes: { scope: JsonObject; items: JsonObject[] }[] }[] = []
  for (const fact of facts) {
    if (fact.signal !== signal) continue
    if (levels.at(-1)?.resource !== fact.resource) levels.push({ resource: fact.resource, scopes: [] })
    const level = levels.at(-1)
    if (level?.scopes.at(-1)?.scope !== fact.scope) level?.scopes.push({ scope: fact.scope, items: [] })
    level?.scopes.at(-1)?.items.push(fact.item)
  }
  return levels.map(level => ({
    resource: level.resource,
    [scopes]: level.scopes.map(inner => ({ scope: inner.scope, [items]: inner.items })),
  }))
}

const messageFrom = (cursor: Cursor, message: Message, depth: number): JsonObject => {
  const json: Record<string, Json> = {}
  const lists = new Map<string, Json[]>()
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    const field = message.byNumber[tag >>> 3]
    if (field === undefined || field.wire !== (tag & 7)) {
      skip(cursor, tag & 7)
      continue
    }
    const value = valueFrom(cursor, field, depth)
    if (!field.repeated) {
      // The last member of a oneof counts.
      if (message.oneof) for (const name of Object.keys(json)) delete json[name]
      json[field.name] = value
      continue
    }
    const list = lists.get(field.name) ?? []
    list.push(value)
    lists.set(field.name, list)
    json[field.name] = list
  }
  return json
}

const valueFrom = (cursor: Cursor, field: Field, depth: number): Json => {
  const message = field.message()
  if (message !== undefined) return readInside(cursor, inside => (depth < maxMessages ? messageFrom(inside, message, depth + 1) : {}))
  return scalars[field.kind](cursor)
}

const bytesOf = (cursor: Cursor, encoding: 'hex' | 'base64'): string =>
  readInside(cursor, ({ bytes, at, end }) => bytes.toString(encoding, at, Math.max(at, end)))

const scalars: Readonly<Record<Kind, (cursor: Cursor) => Json>> = {
  string: readText,
  bytes: cursor => bytesOf(cursor, 'base64'),
  id: cursor => bytesOf(cursor, 'hex'),
  bool: cursor => readVarint(cursor) !== 0,
  int64: cursor => String(readInt64(cursor)),
  uint32: readVarint,
  enum: readVarint,
  double: cursor => doubleJson(readDouble(cursor)),
  fixed64: cursor => String(readFixed64(cursor)),
  fixed32: cursor => {
    const { at } = cursor
    cursor.at += 4
    return cursor.at > cursor.end ? 0 : cursor.bytes.readUInt32LE(at)
  },
  message: () => null,
}

// As protobuf's JSON mapping has them: JSON knows no such numbers.
const doubleJson = (value: number): Json => (Number.isFinite(value) ? value : String(value))
