import type { SpanEvent, SpanItem, Value } from '../model/fact.ts'
import { BYTES, type Cursor, FIXED64, readFixed64, readTag, readVarint, skip, VARINT } from './cursor.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from './item-check.ts'
import { type ItemSource, readId } from './item-source.ts'
import { readAttribute, readInside, readText } from './value.ts'

const SPAN_KINDS = 6
const STATUS_CODES = 3

type Fields = {
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  traceState: string
  name: string
  spanKind: number
  start: bigint
  end: bigint
  status: SpanItem['status']
  readonly attributes: Map<string, Value>
  readonly events: SpanEvent[]
  readonly maxDepth: number
}

/** One OTLP `Span`. Total; enum numbers that are not known are unspecified. */
export const readSpan = ({ cursor, origin, digest, maxDepth }: ItemSource): SpanItem => {
  const fields: Fields = {
    traceId: '',
    spanId: '',
    parentSpanId: undefined,
    traceState: '',
    name: '',
    spanKind: 0,
    start: 0n,
    end: 0n,
    status: { code: 0, message: '' },
    attributes: new Map(),
    events: [],
    maxDepth,
  }
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    const read = readers[tag]
    if (read === undefined) skip(cursor, tag & 7)
    else read(cursor, fields)
  }
  const { traceId, spanId, parentSpanId, traceState, name, spanKind, start, end, attributes, events, status } = fields
  const optional = { ...(parentSpanId === undefined ? {} : { parentSpanId }), ...(traceState === '' ? {} : { traceState }) }
  return { kind: 'span', origin, traceId, spanId, ...optional, name, spanKind, start, end, attributes, events, status, digest }
}

const readers: readonly (((cursor: Cursor, fields: Fields) => void) | undefined)[] = byTag({
  [8 + BYTES]: (cursor, fields) => {
    fields.traceId = readId(cursor, TRACE_ID_BYTES) ?? ''
  },
  [16 + BYTES]: (cursor, fields) => {
    fields.spanId = readId(cursor, SPAN_ID_BYTES) ?? ''
  },
  [24 + BYTES]: (cursor, fields) => {
    fields.traceState = readText(cursor)
  },
  [32 + BYTES]: (cursor, fields) => {
    fields.parentSpanId = readId(cursor, SPAN_ID_BYTES)
  },
  [40 + BYTES]: (cursor, fields) => {
    fields.name = readText(cursor)
  },
  [48 + VARINT]: (cursor, fields) => {
    fields.spanKind = enumValue(readVarint(cursor), SPAN_KINDS)
  },
  [56 + FIXED64]: (cursor, fields) => {
    fields.start = readFixed64(cursor)
  },
  [64 + FIXED64]: (cursor, fields) => {
    fields.end = readFixed64(cursor)
  },
  [72 + BYTES]: (cursor, fields) => readAttribute(cursor, fields.attributes, fields.maxDepth),
  [88 + BYTES]: (cursor, fields) => {
    fields.events.push(readInside(cursor, inside => readEvent(inside, fields.maxDepth)))
  },
  [120 + BYTES]: (cursor, fields) => {
    fields.status = readInside(cursor, inside => readStatus(inside, fields.status))
  },
})

function byTag<T>(table: Readonly<Record<number, T>>): readonly (T | undefined)[] {
  return Array.from({ length: 128 }, (_, tag) => table[tag])
}

const enumValue = (value: number, known: number): number => (value < known ? value : 0)

const readEvent = (cursor: Cursor, maxDepth: number): SpanEvent => {
  let name = ''
  let time = 0n
  const attributes = new Map<string, Value>()
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 8 + FIXED64) time = readFixed64(cursor)
    else if (tag === 16 + BYTES) name = readText(cursor)
    else if (tag === 24 + BYTES) readAttribute(cursor, attributes, maxDepth)
    else skip(cursor, tag & 7)
  }
  return { name, time, attributes }
}

const readStatus = (cursor: Cursor, before: SpanItem['status']): SpanItem['status'] => {
  let { code, message } = before
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === 16 + BYTES) message = readText(cursor)
    else if (tag === 24 + VARINT) code = enumValue(readVarint(cursor), STATUS_CODES)
    else skip(cursor, tag & 7)
  }
  return { code, message }
}
