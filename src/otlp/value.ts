import type { Attributes, Value } from '../model/fact.ts'
import { BYTES, type Cursor, FIXED64, isBroken, readDouble, readEnd, readInt64, readTag, readVarint, skip, VARINT } from './cursor.ts'
import { internText } from './intern.ts'

/** Stands where values are nested deeper than may be. */
const CUT = '…'

/** Runs `read` on the length-delimited message at the cursor, which stands behind it afterwards. */
export const readInside = <T>(cursor: Cursor, read: (cursor: Cursor) => T): T => {
  const outer = cursor.end
  cursor.end = readEnd(cursor)
  const result = read(cursor)
  if (!isBroken(cursor)) cursor.at = cursor.end
  cursor.end = outer
  return result
}

/** A string, bytes that are not UTF-8 as U+FFFD. */
export const readText = (cursor: Cursor): string =>
  readInside(cursor, ({ bytes, at, end }) => (at < end ? bytes.toString('utf8', at, end) : ''))

const readKey = (cursor: Cursor): string => readInside(cursor, ({ bytes, at, end }) => (at < end ? internText(bytes, at, end) : ''))

/** One `KeyValue` at the cursor into `attributes`; `depth`: how deep its value may still go. */
export const readAttribute = (cursor: Cursor, attributes: Map<string, Value>, depth: number): void =>
  readInside(cursor, inside => {
    let key = ''
    let value: Value = null
    while (inside.at < inside.end) {
      const tag = readTag(inside)
      if (tag === 8 + BYTES) key = readKey(inside)
      else if (tag === 16 + BYTES) value = readValue(inside, depth)
      else skip(inside, tag & 7)
    }
    attributes.set(key, value)
  })

/** One `AnyValue` at the cursor, cut with a mark where it is nested deeper than `depth`. Of several members the last counts. */
export const readValue = (cursor: Cursor, depth: number): Value =>
  readInside(cursor, inside => {
    if (depth === 0) return CUT
    let value: Value = null
    while (inside.at < inside.end) value = readMember(inside, depth, value)
    return value
  })

const readMember = (cursor: Cursor, depth: number, before: Value): Value => {
  const tag = readTag(cursor)
  switch (tag) {
    case 8 + BYTES:
      return readText(cursor)
    case 16 + VARINT:
      return readVarint(cursor) !== 0
    case 24 + VARINT:
      return readInt64(cursor)
    case 32 + FIXED64:
      return readDouble(cursor)
    case 40 + BYTES:
      return readInside(cursor, inside => readList(inside, depth - 1))
    case 48 + BYTES:
      return readInside(cursor, inside => readAttributes(inside, 1, depth - 1))
    case 56 + BYTES:
      // A copy: a view would hold the whole payload in memory.
      return readInside(cursor, ({ bytes, at, end }) => new Uint8Array(bytes.subarray(at, Math.max(at, end))))
    default:
      skip(cursor, tag & 7)
      return before
  }
}

const readList = (cursor: Cursor, depth: number): readonly Value[] => {
  const list: Value[] = []
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 8 + BYTES) list.push(readValue(cursor, depth))
    else skip(cursor, tag & 7)
  }
  return list
}

/** All attributes that are `field` of the message at the cursor; its other fields are passed over. */
export const readAttributes = (cursor: Cursor, field: number, depth: number): Attributes => {
  const attributes = new Map<string, Value>()
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === field * 8 + BYTES) readAttribute(cursor, attributes, depth)
    else skip(cursor, tag & 7)
  }
  return attributes
}
