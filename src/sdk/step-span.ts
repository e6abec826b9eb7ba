import { type Attributes, type Context, context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { ATTR_STEP_SEQUENCE, ATTR_STEP_TYPE } from '../semconv.ts'
import { takeNumber } from './run-state.ts'
import { contextWithin, type Scope, scopeOf, withScope } from './scope.ts'

/** Where the steps of an agent go: `context` holds `scope` and its span. */
export type Place = {
  readonly tracer: Tracer
  readonly scope: Scope
  readonly context: Context
  readonly agentName: string
  readonly signal: AbortSignal | undefined
}

/** A span that has begun, and the context it lies in. */
export type Started = { readonly span: Span; readonly around: Context }

/** Begins a span in the step or agent whose work this is called in. */
export const startSpan = (place: Place, name: string, attributes: Attributes, kind = SpanKind.INTERNAL): Started => {
  const around = contextWithin(place.scope, place.context)
  return { span: place.tracer.startSpan(name, { kind, attributes }, around), around }
}

/** Begins a step. It takes its number now: what began first comes first, whatever ends first. */
export const startStep = (place: Place, name: string, type: string, attributes: Attributes, kind?: SpanKind): Started => {
  attributes[ATTR_STEP_TYPE] = type
  const sequence = takeNumber(place.scope.run)
  if (sequence !== undefined) attributes[ATTR_STEP_SEQUENCE] = sequence
  return startSpan(place, name, attributes, kind)
}

/** Does `work` within a span that has begun, and waits for what it left pending. */
export const workIn = async <T>(
  { scope }: Place,
  { span, around }: Started,
  work: (here: Pick<Place, 'scope' | 'context'>) => T,
  agentId = (scopeOf(around) ?? scope).agentId,
): Promise<Awaited<T>> => {
  const own: Scope = { run: scope.run, agentId, span, parent: scopeOf(around) ?? scope, pending: [] }
  const within = withScope(trace.setSpan(around, span), own)
  const result = await context.with(within, () => work({ scope: own, context: within }))
  if (own.pending.length > 0) await Promise.all(own.pending)
  return result
}
