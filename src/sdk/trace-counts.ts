import type { RunState } from './run-state.ts'
import type { StartedSpan } from './started-span.ts'

type Count = Pick<RunState, 'next'>

/** Traces this process counts the steps of; the one that began first is forgotten first. */
export const MAX_COUNTED_TRACES = 10_000

/**
 * The counts of traces that belong to no run of ours. A trace that came in from elsewhere is counted there, if at all: two
 * counts of one trace would contradict each other.
 */
export const createTraceCounts = () => {
  const counts = new Map<string, Count>()
  return {
    of: (span: StartedSpan): Count => {
      const { traceId } = span.spanContext()
      const known = counts.get(traceId)
      if (known !== undefined) return known
      const count: Count = { next: span.parentSpanContext?.isRemote === true ? undefined : 0 }
      counts.set(traceId, count)
      if (counts.size > MAX_COUNTED_TRACES) counts.delete(counts.keys().next().value ?? '')
      return count
    },
  }
}
