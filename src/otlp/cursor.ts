/**
 * A place in protobuf bytes. Reading never throws: what is broken sets `at` behind `end`, and `isBroken` says so, so that
 * a caller checks once a field and not once a byte.
 */
export type Cursor = { bytes: Buffer; at: number; end: number }

/** Wire types of protobuf. Groups (3, 4) are refused everywhere. */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const MAX_VARINT_BYTES = 10
const BROKEN = Number.MAX_SAFE_INTEGER

/** The bytes themselves, never a copy. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const cursorOver = (bytes: Uint8Array, at = 0, end = bytes.length): Cursor => ({ bytes: bufferOf(bytes), at, end })

export const isBroken = (cursor: Cursor): boolean => cursor.at > cursor.end

/** Field number and wire type as one number (`field * 8 + wire`); 0 where there is no valid tag, and the cursor is broken then. */
export const readTag = (cursor: Cursor): number => {
  const first = cursor.at < cursor.end ? (cursor.bytes[cursor.at] ?? 0) : 0
  if (first > 7 && first < 128) {
    cursor.at += 1
    return first
  }
  const tag = readVarint(cursor)
  if (tag > 7 && tag <= 0xffffffff) return tag
  cursor.at = BROKEN
  return 0
}

/** A length-delimited value: the cursor stands at its first byte, the answer is its end, never beyond the cursor's. */
export const readEnd = (cursor: Cursor): number => {
  const length = readVarint(cursor)
  const end = cursor.at + length
  if (end <= cursor.end) return end
  cursor.at = BROKEN
  return cursor.end
}

/** The value as a double: exact up to 2^53 (more than any length, tag or count may be). */
export const readVarint = (cursor: Cursor): number => {
  const { bytes, at, end } = cursor
  if (at < end) {
    const first = bytes[at] ?? 0
    if (first < 128) {
      cursor.at = at + 1
      return first
    }
    const second = at + 1 < end ? (bytes[at + 1] ?? 0) : 128
    if (second < 128) {
      cursor.at = at + 2
      return (second << 7) | (first & 0x7f)
    }
  }
  return readLongVarint(cursor)
}

const readLongVarint = (cursor: Cursor): number => {
  const { bytes, end } = cursor
  let value = 0
  let scale = 1
  const last = Math.min(end, cursor.at + MAX_VARINT_BYTES)
  for (let at = cursor.at; at < last; at++) {
    const byte = bytes[at] ?? 0
    value += (byte & 0x7f) * scale
    if (byte < 128) {
      cursor.at = at + 1
      return value
    }
    scale *= 128
  }
  cursor.at = BROKEN
  return 0
}

/** A signed 64-bit integer: a number where that is exact, else a bigint. */
export const readInt64 = (cursor: Cursor): number | bigint => {
  const start = cursor.at
  const value = readVarint(cursor)
  if (value <= Number.MAX_SAFE_INTEGER || isBroken(cursor)) return value
  let exact = 0n
  for (let at = cursor.at - 1; at >= start; at--) exact = (exact << 7n) | BigInt((cursor.bytes[at] ?? 0) & 0x7f)
  const signed = BigInt.asIntN(64, exact)
  const number = Number(signed)
  return Number.isSafeInteger(number) ? number : signed
}

export const readFixed64 = (cursor: Cursor): bigint => {
  const { at } = cursor
  cursor.at += 8
  return isBroken(cursor) ? 0n : cursor.bytes.readBigUInt64LE(at)
}

export const readDouble = (cursor: Cursor): number => {
  const { at } = cursor
  cursor.at += 8
  return isBroken(cursor) ? 0 : cursor.bytes.readDoubleLE(at)
}

/** Past one value. Groups and unknown wire types break the cursor. */
export const skip = (cursor: Cursor, wire: number): void => {
  if (wire === BYTES) {
    const end = readEnd(cursor)
    if (!isBroken(cursor)) cursor.at = end
  } else if (wire === VARINT) readVarint(cursor)
  else if (wire === FIXED64) cursor.at += 8
  else if (wire === FIXED32) cursor.at += 4
  else cursor.at = BROKEN
}
