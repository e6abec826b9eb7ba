import { type Attributes, type Context, diag, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import {
  ATTR_AGENT_ID,
  ATTR_RUN_ID,
  ATTR_STEP_NAME,
  ATTR_STEP_PARENT_SPAN_ID,
  ATTR_STEP_SEQUENCE,
  ATTR_STEP_TYPE,
  LOG_RUN_START,
  LOG_STEP_START,
} from '../semconv.ts'
import { type RunState, takeNumber } from './run-state.ts'
import { runInBaggage, scopeOf } from './scope.ts'
import { isAgentSpan, isToolSpan, toolNameOf } from './span-kind.ts'
import type { StartedSpan, StartLogger } from './started-span.ts'
import { createTraceCounts } from './trace-counts.ts'

const INFO = 9

/**
 * A span processor for any instrumentation of a process: stamps the run and the agent on the spans of a run, numbers steps as
 * they start, and tells `logger` what has started, so that it is seen while it runs. It numbers tool calls and told steps
 * alone: whether a model call becomes a thought shows only at its end, and a number given in vain would look like a lost step.
 */
export class StepSequencer {
  readonly #logger: StartLogger | undefined
  readonly #counts = createTraceCounts()

  constructor({ logger }: { readonly logger?: StartLogger } = {}) {
    this.#logger = logger
  }

  /** Never throws: it is called within the agent's own work. */
  onStart(span: StartedSpan, parentContext: Context): void {
    try {
      this.#stamp(span, parentContext)
      if (this.#logger !== undefined) tellStart(this.#logger, span)
    } catch (error) {
      diag.error('runledger: a span could not be numbered or its start not be told', error)
    }
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  shutdown(): Promise<void> {
    return Promise.resolve()
  }

  #stamp(span: StartedSpan, parentContext: Context): void {
    const scope = scopeOf(parentContext)
    const told = scope ?? runInBaggage(parentContext)
    const { attributes } = span
    if (told !== undefined) {
      if (attributes[ATTR_RUN_ID] === undefined) span.setAttribute(ATTR_RUN_ID, told.run.id)
      if (attributes[ATTR_AGENT_ID] === undefined && told.agentId !== undefined) span.setAttribute(ATTR_AGENT_ID, told.agentId)
    }
    const state = told?.run ?? this.#counts.of(span)
    if (attributes[ATTR_STEP_SEQUENCE] === undefined && isStep(attributes) && !repeatsParent(attributes, parentContext)) number(span, state)
  }
}

const number = (span: StartedSpan, state: Pick<RunState, 'next'>): void => {
  const sequence = takeNumber(state)
  if (sequence !== undefined) span.setAttribute(ATTR_STEP_SEQUENCE, sequence)
}

const isStep = (attributes: Readonly<Attributes>): boolean => attributes[ATTR_STEP_TYPE] !== undefined || isToolSpan(attributes)

// A tool span right within the span of the same tool is the same call.
const repeatsParent = (attributes: Readonly<Attributes>, parentContext: Context): boolean => {
  if (attributes[ATTR_STEP_TYPE] !== undefined) return false
  const parent: Partial<StartedSpan> | undefined = trace.getSpan(parentContext)
  const name = parent?.attributes && isToolSpan(parent.attributes) ? toolNameOf(parent.attributes) : undefined
  return name !== undefined && name === toolNameOf(attributes)
}

const tellStart = (logger: StartLogger, span: StartedSpan): void => {
  const { attributes, parentSpanContext } = span
  const isAgent = isAgentSpan(attributes)
  if (!isAgent && !takesTime(attributes)) return
  const name = isAgent && parentSpanContext === undefined ? LOG_RUN_START : LOG_STEP_START
  logger.emit({
    eventName: name,
    timestamp: span.startTime,
    severityNumber: INFO,
    context: trace.setSpanContext(ROOT_CONTEXT, span.spanContext()),
    attributes: {
      ...attributes,
      'event.name': name,
      [ATTR_STEP_NAME]: span.name,
      ...(parentSpanContext === undefined ? {} : { [ATTR_STEP_PARENT_SPAN_ID]: parentSpanContext.spanId }),
    },
  })
}

// Other told steps are there when they happen, all at once.
const takesTime = (attributes: Readonly<Attributes>): boolean => {
  const type = attributes[ATTR_STEP_TYPE]
  return type === 'tool_call' || isToolSpan(attributes) || (type === 'thought' && attributes['gen_ai.operation.name'] !== undefined)
}
