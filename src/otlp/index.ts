import type { ContentType, Signal } from '../model/request.ts'
import { type Checked, checkProtobuf } from './check.ts'
import { convertJson } from './json.ts'

export { encodeStatus, encodeSuccess, type PartialSuccess } from './answer.ts'
export type { Checked } from './check.ts'
export { cutRequest } from './cut.ts'
export { readFacts } from './decode.ts'
export { inflate, inflatedSize, tooLarge } from './inflate.ts'
export { nouns } from './limits.ts'
export { countDataPoints } from './metrics.ts'
export type { Segment } from './segment.ts'
export { groupedFacts, type JsonFact, jsonFacts } from './to-json.ts'

/**
 * Checks an export request (after decompression) as far as the answer needs it. Items that cannot be kept are `refused`, the
 * others are not concerned; what is broken above items throws PermanentError 400, more than `maxItems` items 413.
 */
export const checkRequest = (
  signal: Signal,
  contentType: ContentType,
  body: Uint8Array,
  { maxItems }: { readonly maxItems: number },
): Checked => {
  if (contentType === 'protobuf') return checkProtobuf(signal, body, maxItems)
  const { items, refused, warnings } = convertJson(signal, body, maxItems)
  return { items, refused, warnings }
}
