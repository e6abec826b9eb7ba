import type { LogItem, Value } from '../model/fact.ts'
import { BYTES, type Cursor, FIXED64, readFixed64, readTag, readVarint, skip, VARINT } from './cursor.ts'
import { SPAN_ID_BYTES, TRACE_ID_BYTES } from './item-check.ts'
import { type ItemSource, readId } from './item-source.ts'
import { readAttribute, readText, readValue } from './value.ts'

const MAX_SEVERITY = 24

type Fields = {
  traceId: string | undefined
  spanId: string | undefined
  time: bigint
  observed: bigint
  severity: number
  eventName: string
  body: Value
  readonly attributes: Map<string, Value>
}

/** One OTLP `LogRecord`. Total; a record whose ids are not valid is not associated with a span. */
export const readLog = ({ cursor, origin, digest, maxDepth }: ItemSource): LogItem => {
  const fields: Fields = {
    traceId: undefined,
    spanId: undefined,
    time: 0n,
    observed: 0n,
    severity: 0,
    eventName: '',
    body: null,
    attributes: new Map(),
  }
  while (cursor.at < cursor.end) readField(cursor, fields, maxDepth)
  const { traceId, spanId, severity, body, attributes } = fields
  return {
    kind: 'log',
    origin,
    ...(traceId === undefined ? {} : { traceId }),
    ...(traceId === undefined || spanId === undefined ? {} : { spanId }),
    time: fields.time === 0n ? fields.observed : fields.time,
    severity,
    eventName: eventNameOf(fields),
    body,
    attributes,
    digest,
  }
}

const eventNameOf = ({ attributes, eventName, body }: Fields): string => {
  const said = attributes.get('event.name')
  if (typeof said === 'string' && said !== '') return said
  if (eventName !== '') return eventName
  return typeof body === 'string' ? body : ''
}

const readField = (cursor: Cursor, fields: Fields, maxDepth: number): void => {
  const tag = readTag(cursor)
  switch (tag) {
    case 8 + FIXED64:
      fields.time = readFixed64(cursor)
      break
    case 16 + VARINT: {
      const severity = readVarint(cursor)
      fields.severity = severity <= MAX_SEVERITY ? severity : 0
      break
    }
    case 40 + BYTES:
      fields.body = readValue(cursor, maxDepth)
      break
    case 48 + BYTES:
      readAttribute(cursor, fields.attributes, maxDepth)
      break
    case 72 + BYTES:
      fields.traceId = readId(cursor, TRACE_ID_BYTES)
      break
    case 80 + BYTES:
      fields.spanId = readId(cursor, SPAN_ID_BYTES)
      break
    case 88 + FIXED64:
      fields.observed = readFixed64(cursor)
      break
    case 96 + BYTES:
      fields.eventName = readText(cursor)
      break
    default:
      skip(cursor, tag & 7)
  }
}
