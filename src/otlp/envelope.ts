import { BYTES, type Cursor, cursorOver, isBroken, readEnd, readTag, skip } from './cursor.ts'

/** What a level of the envelope says of all items below it. */
export type Header = {
  /** Its fields 1 (resource or scope) and 3 (schema URL) as they came, tags included. */
  readonly raw: Buffer
  /** The resource's or scope's own fields. */
  readonly content: Buffer
}

/** One ScopeSpans (or ScopeLogs): its items are the fields 2 between `start` and `end` of the payload. */
export type ScopeBlock = { readonly resource: Header; readonly scope: Header; readonly start: number; readonly end: number }

/** The blocks of a payload in document order. Ends early, without a throw, where the envelope is broken. */
export function* scopeBlocks(payload: Buffer): Generator<ScopeBlock> {
  const top = cursorOver(payload)
  for (const outer of childrenOf(top, 1)) {
    const resource = headerOf(payload, outer.start, outer.end)
    for (const inner of childrenOf(cursorOver(payload, outer.start, outer.end), 2)) {
      yield { resource, scope: headerOf(payload, inner.start, inner.end), start: inner.start, end: inner.end }
    }
  }
}

/** The length-delimited fields `number` between the cursor and its end; of each also where its tag stands. */
export function* childrenOf(
  cursor: Cursor,
  number: number,
): Generator<{ readonly tagAt: number; readonly start: number; readonly end: number }> {
  while (cursor.at < cursor.end) {
    const tagAt = cursor.at
    const tag = readTag(cursor)
    if (tag === number * 8 + BYTES) {
      const end = readEnd(cursor)
      if (isBroken(cursor)) return
      yield { tagAt, start: cursor.at, end }
      cursor.at = end
    } else skip(cursor, tag & 7)
  }
}

const headerOf = (payload: Buffer, start: number, end: number): Header => {
  const raw: Buffer[] = []
  const content: Buffer[] = []
  const cursor = cursorOver(payload, start, end)
  while (cursor.at < end) {
    const { at } = cursor
    const tag = readTag(cursor)
    const inside = { ...cursor }
    skip(cursor, tag & 7)
    if (isBroken(cursor)) break
    if (tag === 8 + BYTES) {
      readEnd(inside)
      content.push(payload.subarray(inside.at, cursor.at))
    }
    if (tag === 8 + BYTES || tag === 24 + BYTES) raw.push(payload.subarray(at, cursor.at))
  }
  return { raw: joined(raw), content: joined(content) }
}

// Of a message that came twice the fields add up: its bytes one after the other are the same message.
const joined = (pieces: readonly Buffer[]): Buffer => (pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces))
