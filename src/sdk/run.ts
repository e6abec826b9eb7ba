import { type Attributes, type Context, context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import {
  ATTR_AGENT_ID,
  ATTR_AGENT_NAME,
  ATTR_RUN_ID,
  ATTR_RUN_METADATA,
  ATTR_RUN_STATUS,
  ATTR_RUN_TASK_INPUT,
  ATTR_SESSION_ID,
} from '../semconv.ts'
import { isCancellation, recordFailure } from './failure.ts'
import { attributeFrom, jsonText } from './json-text.ts'
import { giveCountAway, type RunState, runStateOf } from './run-state.ts'
import { runInBaggage, type Scope, scopeOf, withRunInBaggage, withScope } from './scope.ts'
import type { Place } from './step-span.ts'
import { type Steps, stepsAt } from './steps.ts'

export type RunOptions = {
  /** Who works: the name runs are listed by. */
  readonly agent: string
  /** The task as it was given. */
  readonly input?: unknown
  /** Absent: the run of the active context or of its baggage goes on; without one a new run begins. */
  readonly id?: string
  readonly session?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Aborted: the run is cancelled, and no model call, tool or agent begins any more. */
  readonly signal?: AbortSignal
  /** Absent: that of the global provider. */
  readonly tracer?: Tracer
}

export type RunEnd = { readonly status?: 'completed' | 'failed' | 'cancelled'; readonly error?: unknown }

/** One run, from its start to its `end`. */
export type Run = Steps & {
  readonly id: string
  /** The context its steps lie in, for what is not called within it. */
  readonly context: Context
  /**
   * Calls `work` in a context whose baggage hands the count over: who continues the run from there numbers on. Steps that
   * follow here bear no number; the ledger places them by time. Also ends without a status: it is not over.
   */
  readonly handOver: <T>(work: (handed: Context) => T) => T
  /** `completed` unless said otherwise, `failed` with an error. The first call holds. */
  readonly end: (how?: RunEnd) => void
}

/** Does `work` as a run and ends it with it: failed where it throws, cancelled where that is the abortion. Rejects with what `work` throws. */
export const withRun = async <T>(options: RunOptions, work: (run: Run) => T): Promise<Awaited<T>> => {
  const { run, scope } = openRun(options)
  try {
    const result = await context.with(run.context, () => work(run))
    await Promise.all(scope.pending)
    run.end()
    return result
  } catch (error) {
    run.end({ error, status: isCancellation(error, options.signal) ? 'cancelled' : 'failed' })
    throw error
  }
}

/** Starts a run whose end is called by hand; where its signal aborts first, it ends as cancelled. */
export const startRun = (options: RunOptions): Run => {
  const { run } = openRun(options)
  const { signal } = options
  if (signal === undefined) return run
  const cancel = (): void => run.end({ status: 'cancelled' })
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return {
    ...run,
    end: how => {
      signal.removeEventListener('abort', cancel)
      run.end(how)
    },
  }
}

const openRun = (options: RunOptions): { readonly run: Run; readonly scope: Scope } => {
  const { agent, signal, tracer = trace.getTracer('runledger') } = options
  const active = context.active()
  const state = stateFor(options, active)
  const around = withRunInBaggage(active, state.id, agent)
  const span = tracer.startSpan(`invoke_agent ${agent}`, { kind: SpanKind.INTERNAL, attributes: attributesOf(options, state.id) }, around)
  const scope: Scope = { run: state, agentId: agent, span, parent: scopeOf(active), pending: [] }
  const own = withScope(trace.setSpan(around, span), scope)
  const place: Place = { tracer, scope, context: own, agentName: agent, signal }
  let handedOver = false
  const handOver = <T>(work: (handed: Context) => T): T => {
    handedOver = true
    const handed = withRunInBaggage(own, state.id, agent, giveCountAway(state))
    return context.with(handed, () => work(handed))
  }
  const end = (how: RunEnd = {}): void => endSpan(span, how, handedOver)
  return { scope, run: { ...stepsAt(place), id: state.id, context: own, handOver, end } }
}

// Who is told of a run by baggage counts only where the count came along.
const stateFor = ({ id }: RunOptions, active: Context): RunState => {
  const told = scopeOf(active)?.run ?? runInBaggage(active)?.run
  if (told !== undefined && (id === undefined || id === told.id)) return told
  return runStateOf(id ?? crypto.randomUUID(), 0)
}

const attributesOf = ({ agent, input, session, metadata }: RunOptions, id: string): Attributes => {
  const attributes: Attributes = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': agent,
    [ATTR_RUN_ID]: id,
    [ATTR_AGENT_ID]: agent,
    [ATTR_AGENT_NAME]: agent,
  }
  if (input !== undefined) attributes[ATTR_RUN_TASK_INPUT] = attributeFrom(input)
  if (metadata !== undefined) attributes[ATTR_RUN_METADATA] = jsonText(metadata)
  if (session !== undefined) {
    attributes[ATTR_SESSION_ID] = session
    attributes['gen_ai.conversation.id'] = session
  }
  return attributes
}

const endSpan = (span: Span, { error, status }: RunEnd, isHandedOver: boolean): void => {
  if (!span.isRecording()) return
  const ended = status ?? (error === undefined ? 'completed' : 'failed')
  if (error !== undefined && ended !== 'cancelled') recordFailure(span, error)
  if (status !== undefined || error !== undefined || !isHandedOver) span.setAttribute(ATTR_RUN_STATUS, ended)
  span.end()
}
