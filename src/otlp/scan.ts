import { BYTES, type Cursor, isBroken, readEnd, readTag, skip } from './cursor.ts'
import { anyValue, type Message } from './schema.ts'

/** Values inside values (an `AnyValue` in an `AnyValue`) an item may hold; what is deeper costs the item. */
export const MAX_NESTING = 200
/** Messages (attributes, values, events, links …) one item may hold. */
const MAX_PARTS = 500_000

// A level of nesting is three messages (AnyValue, KeyValueList, KeyValue); above it stand span, event and attribute.
const MAX_LEVELS = MAX_NESTING * 3 + 8

// Frames of the walk, reused: the scan is synchronous and makes no object a span.
const ends = new Int32Array(MAX_LEVELS + 1)
const messages: Message[] = Array.from({ length: MAX_LEVELS + 1 }, () => anyValue)
const walk = { level: 0, nesting: 0, parts: 0 }

/**
 * Checks the inside of one message from the cursor up to `end`: tags, wire types, lengths, nesting, number of parts. Answers
 * the reason for which it is refused, or undefined; total on any bytes, iterative, O(bytes).
 */
export const scanMessage = (cursor: Cursor, end: number, message: Message): string | undefined => {
  const outer = cursor.end
  const reason = scanFrames(cursor, end, message)
  cursor.end = outer
  return reason
}

const scanFrames = (cursor: Cursor, end: number, message: Message): string | undefined => {
  walk.level = 0
  walk.nesting = 0
  walk.parts = 0
  ends[0] = end
  messages[0] = message
  cursor.end = end
  while (leaveFrames(cursor)) {
    const inside = messages[walk.level] ?? anyValue
    const child = scanField(cursor, inside)
    if (child === undefined) continue
    const reason = typeof child === 'string' ? child : enterFrame(cursor, child, inside)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Out of every message that ends here; false where the outermost one does. */
const leaveFrames = (cursor: Cursor): boolean => {
  while (cursor.at === cursor.end) {
    if (walk.level === 0) return false
    if (messages[walk.level] === anyValue) walk.nesting--
    walk.level--
    cursor.end = ends[walk.level] ?? 0
  }
  return true
}

const enterFrame = (cursor: Cursor, child: Message, inside: Message): string | undefined => {
  if (++walk.parts > MAX_PARTS) return `Expected at most ${MAX_PARTS} attributes, values, events and links in one item`
  if (child === anyValue && ++walk.nesting > MAX_NESTING) return `Expected values nested at most ${MAX_NESTING} deep`
  const end = readEnd(cursor)
  if (isBroken(cursor)) return `A length in ${child.name} goes beyond the end of ${inside.name}`
  walk.level++
  ends[walk.level] = end
  messages[walk.level] = child
  cursor.end = end
  return undefined
}

/** Reads one field: undefined where it was skipped, the message where one begins, a text where it is broken. */
const scanField = (cursor: Cursor, message: Message): Message | string | undefined => {
  const { at } = cursor
  const tag = readTag(cursor)
  const number = tag >>> 3
  const wire = tag & 7
  const field = number < 32 ? message.byNumber[number] : undefined
  if (field !== undefined) {
    if (field.wire !== wire)
      return `Expected field ${number} (${field.name}) of ${message.name} to have wire type ${field.wire}, got ${wire}`
    if (field.kind === 'message') return field.message()
  }
  skip(cursor, wire)
  return isBroken(cursor)
    ? `Malformed protobuf: field ${number} (wire type ${wire}) of ${message.name} at byte ${at} is cut short or not valid`
    : undefined
}

/** Places and lengths of the two ids of an item; length 0 where one is absent. */
export type Ids = { trace: number; traceLength: number; span: number; spanLength: number }

/** Where the ids of an item lie: `traceField` and `spanField` by their field numbers. The message has passed `scanMessage`. */
export const findIds = (cursor: Cursor, end: number, traceField: number, spanField: number): Ids => {
  const ids: Ids = { trace: 0, traceLength: 0, span: 0, spanLength: 0 }
  const outer = cursor.end
  cursor.end = end
  while (cursor.at < end) {
    const tag = readTag(cursor)
    if (tag === traceField * 8 + BYTES) {
      const stop = readEnd(cursor)
      ids.trace = cursor.at
      ids.traceLength = stop - cursor.at
      cursor.at = stop
    } else if (tag === spanField * 8 + BYTES) {
      const stop = readEnd(cursor)
      ids.span = cursor.at
      ids.spanLength = stop - cursor.at
      cursor.at = stop
    } else skip(cursor, tag & 7)
  }
  cursor.end = outer
  return ids
}

/** Whether an id has the length it must have and is not all zero. */
export const isId = (bytes: Uint8Array, at: number, length: number, expected: number): boolean => {
  if (length !== expected) return false
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return true
  return false
}
