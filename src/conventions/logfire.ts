import type { SpanItem } from '../model/fact.ts'
import type { Convention } from './convention.ts'
import type { Said } from './reading.ts'
import { stringAt } from './value.ts'

const SPAN_TYPE = 'logfire.span_type'
const PENDING_PARENT = 'logfire.pending_parent_id'

/**
 * Logfire's pending spans: a span that has started, told under a made-up id as a child of itself; its real parent stands in an
 * attribute. The schema of its other attributes is how they were written, not what they say.
 */
export const logfire: Convention = {
  name: 'logfire',
  speaks: ({ attributes }) => attributes.has(SPAN_TYPE),
  read: item => ({
    said: item.kind === 'span' && stringAt(item.attributes, SPAN_TYPE) === 'pending_span' ? startOf(item) : {},
    consumed: [SPAN_TYPE, PENDING_PARENT, 'logfire.json_schema'],
  }),
}

const startOf = ({ parentSpanId, attributes }: SpanItem): Said => {
  if (parentSpanId === undefined) return { role: 'other' }
  const parent = stringAt(attributes, PENDING_PARENT)
  const isKnown = parent !== undefined && /^[0-9a-f]{16}$/i.test(parent) && !/^0+$/.test(parent)
  return { about: 'span', state: 'started', spanId: parentSpanId, parent: isKnown ? parent.toLowerCase() : null }
}
