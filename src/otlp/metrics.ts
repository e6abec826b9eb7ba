import { PermanentError } from '../errors.ts'
import type { ContentType } from '../model/request.ts'
import { BYTES, type Cursor, cursorOver, isBroken, readEnd, readTag, skip } from './cursor.ts'
import { isFields } from './json-message.ts'
import { parseJson } from './json-text.ts'

/** How many data points a metrics export request holds; throws PermanentError 400 where it is none. */
export const countDataPoints = (contentType: ContentType, body: Uint8Array): number =>
  contentType === 'protobuf' ? countAt(cursorOver(body), 0) : countJson(parseJson(body), 0)

// ExportMetricsServiceRequest → ResourceMetrics → ScopeMetrics → Metric → gauge, sum, histogram, … → data points.
const childFields: readonly (readonly number[])[] = [[1], [2], [2], [5, 7, 9, 10, 11], [1]]
const childNames: readonly (readonly string[])[] = [
  ['resourceMetrics'],
  ['scopeMetrics'],
  ['metrics'],
  ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
  ['dataPoints'],
]

const countAt = (cursor: Cursor, level: number): number => {
  const fields = childFields[level]
  if (fields === undefined) {
    cursor.at = cursor.end
    return 1
  }
  let points = 0
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if ((tag & 7) === BYTES && fields.includes(tag >>> 3)) {
      const outer = cursor.end
      const end = readEnd(cursor)
      if (!isBroken(cursor)) {
        cursor.end = end
        points += countAt(cursor, level + 1)
      }
      cursor.end = outer
    } else skip(cursor, tag & 7)
  }
  if (isBroken(cursor)) throw new PermanentError(400, 'Expected an OTLP metrics export request in protobuf, got bytes that are not one')
  return points
}

const countJson = (value: unknown, level: number): number => {
  if (level === 0 && !isFields(value)) throw new PermanentError(400, 'Expected an OTLP metrics export request in JSON, got no JSON object')
  const names = childNames[level]
  if (names === undefined) return 1
  if (!isFields(value)) return 0
  let points = 0
  for (const name of names) for (const child of [value[name]].flat()) if (isFields(child)) points += countJson(child, level + 1)
  return points
}
