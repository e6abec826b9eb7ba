import { PermanentError } from '../errors.ts'
import type { Refused, Signal } from '../model/request.ts'
import { BYTES, type Cursor, cursorOver, isBroken, readEnd, readTag, skip } from './cursor.ts'
import { itemRefusal } from './item-check.ts'
import { nouns } from './limits.ts'
import { scanMessage } from './scan.ts'
import { type Message, resource, scope } from './schema.ts'

/** Resources and scopes a request may hold for each item it may hold: one of each, where an exporter groups nothing. */
export const ENVELOPES_PER_ITEM = 2

export type Checked = {
  /** Refused ones included. */
  readonly items: number
  readonly refused: readonly Refused[]
  /** What was left out of items that were kept; texts for the operator, a few at most. */
  readonly warnings: readonly string[]
}

/**
 * Checks a protobuf export request on the wire: no object an item. A broken envelope (also a broken resource or scope) throws
 * PermanentError 400, more than `maxItems` items 413, as soon as they are passed.
 */
export const checkProtobuf = (signal: Signal, body: Uint8Array, maxItems: number): Checked => {
  const cursor = cursorOver(body)
  const refused: Refused[] = []
  let items = 0
  const checkItem = (end: number): void => {
    if (items === maxItems) throw tooMany(signal, maxItems)
    const { at } = cursor
    const reason = itemRefusal(signal, cursor, end)
    if (reason !== undefined) refused.push({ ordinal: items, reason, bytes: cursor.bytes.subarray(at, end) })
    cursor.at = end
    items++
  }
  let envelopes = 0
  const enter = (end: number, header: Message, child: (end: number) => void): void => {
    if (++envelopes > maxItems * ENVELOPES_PER_ITEM) throw tooMany(signal, maxItems)
    walkLevel(cursor, end, header, child)
  }
  const checkScope = (end: number): void => enter(end, scope, checkItem)
  const checkResource = (end: number): void => enter(end, resource, checkScope)
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 8 + BYTES) checkResource(endOf(cursor))
    else pass(cursor, tag, 1)
  }
  return { items, refused, warnings: [] }
}

/** 413 for a request of more than `maxItems`. */
export const tooMany = (signal: Signal, maxItems: number): PermanentError =>
  new PermanentError(
    413,
    `More than ${maxItems} ${nouns[signal]} (or resources and scopes for so many) in one request (RUNLEDGER_MAX_ITEMS); nothing was stored. Lower sending_queue.batch.max_size`,
  )

// ResourceSpans and ScopeSpans, and their like for logs, are built alike: 1 what it is from, 2 what it holds, 3 schema URL.
const walkLevel = (cursor: Cursor, end: number, header: Message, child: (end: number) => void): void => {
  const outer = cursor.end
  cursor.end = end
  while (cursor.at < end) {
    const tag = readTag(cursor)
    if (tag === 16 + BYTES) child(endOf(cursor))
    else if (tag === 8 + BYTES) checkHeader(cursor, header)
    else pass(cursor, tag, 3)
  }
  cursor.end = outer
}

const checkHeader = (cursor: Cursor, header: Message): void => {
  const end = endOf(cursor)
  const reason = scanMessage(cursor, end, header)
  if (reason !== undefined) throw new PermanentError(400, `${reason}; nothing of the request was stored`)
  cursor.at = end
}

const endOf = (cursor: Cursor): number => {
  const { at } = cursor
  const end = readEnd(cursor)
  return isBroken(cursor) ? broken(at) : end
}

// `known`: fields up to this number are length-delimited.
const pass = (cursor: Cursor, tag: number, known: number): void => {
  const { at } = cursor
  if (isBroken(cursor)) broken(Math.min(at, cursor.bytes.length))
  skip(cursor, tag & 7)
  if (isBroken(cursor) || (tag >>> 3 <= known && (tag & 7) !== BYTES)) broken(at)
}

const broken = (at: number): never => {
  const where = at > 0xffffffff ? '' : ` near byte ${at}`
  throw new PermanentError(400, `Expected an OTLP export request in protobuf, got bytes that are not one${where}; nothing was stored`)
}
