import { type Context, context, createContextKey, propagation, type Span } from '@opentelemetry/api'
import { ATTR_AGENT_ID, ATTR_RUN_ID, ATTR_STEP_SEQUENCE } from '../semconv.ts'
import { type RunState, runStateOf } from './run-state.ts'

/** Where work happens: a span of a run, within the scopes of the spans around it. */
export type Scope = {
  readonly run: RunState
  readonly agentId: string
  readonly span: Span
  readonly parent: Scope | undefined
  /** What has to be done before the span ends. */
  readonly pending: Promise<unknown>[]
}

const key = createContextKey('runledger.sdk.scope.v1')

export const scopeOf = (at: Context): Scope | undefined => {
  const value = at.getValue(key)
  return isScope(value) ? value : undefined
}

// Only this module writes under the key.
const isScope = (value: unknown): value is Scope => typeof value === 'object' && value !== null

export const withScope = (at: Context, scope: Scope): Context => at.setValue(key, scope)

/** The active context where it lies within `scope`, else `own`, the one `scope` began with. */
export const contextWithin = (scope: Scope, own: Context): Context => {
  const active = context.active()
  for (let at = scopeOf(active); at !== undefined; at = at.parent) if (at === scope) return active
  return own
}

/** The run and the agent that a context names in its baggage. */
export const runInBaggage = (at: Context): { readonly run: RunState; readonly agentId: string | undefined } | undefined => {
  const baggage = propagation.getBaggage(at)
  const id = baggage?.getEntry(ATTR_RUN_ID)?.value
  if (!id) return undefined
  const sequence = Number(baggage?.getEntry(ATTR_STEP_SEQUENCE)?.value)
  const next = Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : undefined
  return { run: runStateOf(id, undefined, next), agentId: baggage?.getEntry(ATTR_AGENT_ID)?.value }
}

/** `at` with the run and the agent in its baggage; with the count, where one is handed over. */
export const withRunInBaggage = (at: Context, runId: string, agentId: string, next?: number): Context => {
  const baggage = (propagation.getBaggage(at) ?? propagation.createBaggage())
    .setEntry(ATTR_RUN_ID, { value: runId })
    .setEntry(ATTR_AGENT_ID, { value: agentId })
  return propagation.setBaggage(
    at,
    next === undefined ? baggage.removeEntry(ATTR_STEP_SEQUENCE) : baggage.setEntry(ATTR_STEP_SEQUENCE, { value: String(next) }),
  )
}
