import { BYTES, type Cursor, cursorOver, isBroken, readEnd, readTag, skip } from './cursor.ts'

/** Keys to look for, by the length of their UTF-8: most attributes are passed over by their length alone. */
export type KeyTable = readonly (readonly { readonly bytes: Buffer; readonly key: string }[] | undefined)[]

export const keyTable = (keys: ReadonlySet<string>): KeyTable => {
  const table: { readonly bytes: Buffer; readonly key: string }[][] = []
  for (const key of keys) {
    const bytes = Buffer.from(key)
    const row = table[bytes.length] ?? []
    row.push({ bytes, key })
    table[bytes.length] = row
  }
  return table
}

const none: ReadonlyMap<string, string> = new Map()

/** String values of the table's keys among the attributes that are `field` of the message; of a key that came twice the last counts. */
export const pickStrings = (message: Buffer, field: number, table: KeyTable): ReadonlyMap<string, string> => {
  let picks: Map<string, string> | undefined
  const cursor = cursorOver(message)
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === field * 8 + BYTES) picks = pickAttribute(cursor, table, picks)
    else skip(cursor, tag & 7)
  }
  return picks ?? none
}

/** Reads one attribute at the cursor (its length first); the picks with what it said. */
export const pickAttribute = (cursor: Cursor, table: KeyTable, picks: Map<string, string> | undefined): Map<string, string> | undefined => {
  const outer = cursor.end
  const end = readEnd(cursor)
  if (isBroken(cursor)) return picks
  cursor.end = end
  const pair = readPair(cursor, table)
  cursor.at = end
  cursor.end = outer
  if (pair === undefined) return picks
  const all = picks ?? new Map<string, string>()
  if (pair.value === undefined) all.delete(pair.key)
  else all.set(pair.key, pair.value)
  return all
}

const readPair = (cursor: Cursor, table: KeyTable): { readonly key: string; readonly value: string | undefined } | undefined => {
  let key: string | undefined
  let value: string | undefined
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 8 + BYTES) {
      const stop = readEnd(cursor)
      key = isBroken(cursor) ? undefined : keyAt(cursor.bytes, cursor.at, stop, table)
      // Nearly every attribute ends here; a key that comes twice in one attribute is nobody's.
      if (key === undefined) return undefined
      cursor.at = stop
    } else if (tag === 16 + BYTES) value = readString(cursor)
    else skip(cursor, tag & 7)
  }
  return key === undefined ? undefined : { key, value }
}

const keyAt = (bytes: Buffer, start: number, end: number, table: KeyTable): string | undefined => {
  for (const entry of table[end - start] ?? []) {
    if (bytes[end - 1] === entry.bytes[end - start - 1] && entry.bytes.compare(bytes, start, end) === 0) return entry.key
  }
  return undefined
}

// Of an AnyValue's members the last one counts.
const readString = (cursor: Cursor): string | undefined => {
  const outer = cursor.end
  const end = readEnd(cursor)
  if (isBroken(cursor)) return undefined
  cursor.end = end
  let text: string | undefined
  while (cursor.at < end) {
    const tag = readTag(cursor)
    if (tag === 8 + BYTES) {
      const stop = readEnd(cursor)
      text = isBroken(cursor) ? undefined : cursor.bytes.toString('utf8', cursor.at, stop)
      if (!isBroken(cursor)) cursor.at = stop
    } else {
      if (tag >>> 3 < 8) text = undefined
      skip(cursor, tag & 7)
    }
  }
  cursor.end = outer
  return text
}
