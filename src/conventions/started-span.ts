import type { Item, SpanItem } from '../model/fact.ts'
import { ATTR_STEP_NAME, LOG_RUN_START, LOG_STEP_START } from '../semconv.ts'
import { stringAt } from './value.ts'

const startEvents: ReadonlySet<string> = new Set([LOG_RUN_START, LOG_STEP_START])

/** The span that our start event tells of, as far as it is known; undefined for any other item. */
export const startedSpan = (item: Item): SpanItem | undefined => {
  if (item.kind === 'span' || item.traceId === undefined || item.spanId === undefined || !startEvents.has(item.eventName)) return undefined
  const { origin, traceId, spanId, attributes, digest, time } = item
  const name = stringAt(attributes, ATTR_STEP_NAME) ?? ''
  return {
    kind: 'span',
    origin,
    traceId,
    spanId,
    attributes,
    digest,
    name,
    spanKind: 0,
    start: time,
    end: time,
    events: [],
    status: { code: 0, message: '' },
  }
}
