import type { Signal } from '../model/request.ts'
import type { Cursor } from './cursor.ts'
import { findIds, isId, scanMessage } from './scan.ts'
import { signals } from './schema.ts'

export const TRACE_ID_BYTES = 16
export const SPAN_ID_BYTES = 8

/** The reason for which the item from the cursor up to `end` is refused; undefined where it is kept. */
export const itemRefusal = (signal: Signal, cursor: Cursor, end: number): string | undefined => {
  const { at } = cursor
  const reason = scanMessage(cursor, end, signals[signal].item)
  if (reason !== undefined || signal === 'logs') return reason
  cursor.at = at
  const ids = findIds(cursor, end, 1, 2)
  if (!isId(cursor.bytes, ids.trace, ids.traceLength, TRACE_ID_BYTES)) return idRefusal('traceId', TRACE_ID_BYTES, ids.traceLength)
  if (!isId(cursor.bytes, ids.span, ids.spanLength, SPAN_ID_BYTES)) return idRefusal('spanId', SPAN_ID_BYTES, ids.spanLength)
  return undefined
}

const idRefusal = (name: string, expected: number, length: number): string =>
  length === expected ? `Expected \`${name}\` not to be all zero` : `Expected \`${name}\` to be ${expected} bytes, got ${length}`
