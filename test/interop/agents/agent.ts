import type { Attributes, Context, Span, SpanContext, SpanStatusCode, Tracer } from '@opentelemetry/api'

type Json = object | string | number

/** What an agent says it did: what the rows must equal. */
export type Account = {
  readonly trace_id: string
  readonly agent_id: string
  readonly task_input: string
  readonly session_id: string
  readonly spans: readonly { readonly span_id: string; readonly parent_span_id: string; readonly name: string }[]
  readonly steps: readonly { readonly sequence: number; readonly type: string; readonly content: Json; readonly span_id: string }[]
  readonly artifacts: readonly {
    readonly role: string
    readonly path: string
    readonly mime_type: string
    readonly size_bytes: number
    readonly sequence: number
  }[]
}

/** What of `@opentelemetry/api` an agent needs: of its own copy, whatever its version. */
export type Api = {
  readonly trace: {
    readonly setSpan: (context: Context, span: Span) => Context
    readonly getSpanContext: (context: Context) => SpanContext | undefined
  }
  readonly root: Context
  readonly error: SpanStatusCode
}

type Options = {
  readonly tracer: Tracer
  readonly api: Api
  readonly name: string
  /** Told when a step starts, before its span has ended. */
  readonly started?: (span: Span, parent: string, name: string, attributes: Attributes) => void
}

/** Runs a weather agent that speaks our own vocabulary by hand, and returns its own account. */
export const runAgent = ({ tracer, api, name, started }: Options): Account => {
  const question = 'What is the weather in Oslo?'
  const session = `session-${name}`
  const spans: Account['spans'][number][] = []
  const steps: Account['steps'][number][] = []
  const artifacts: Account['artifacts'][number][] = []
  const open = (spanName: string, context: Context, attributes: Attributes): Span => {
    const span = tracer.startSpan(spanName, { attributes }, context)
    const parent = api.trace.getSpanContext(context)?.spanId ?? ''
    spans.push({ span_id: span.spanContext().spanId, parent_span_id: parent, name: spanName })
    if (parent !== '') started?.(span, parent, spanName, attributes)
    return span
  }
  const root = open('invoke_agent weather', api.root, { 'agent.id': name, 'agent.run.task_input': question, 'session.id': session })
  const inRun = api.trace.setSpan(api.root, root)
  const step = (spanName: string, type: string, content: object): Span => {
    const sequence = steps.length
    const attributes = { 'agent.step.type': type, 'agent.step.sequence': sequence, 'agent.step.content': JSON.stringify(content) }
    const span = open(spanName, inRun, attributes)
    steps.push({ sequence, type, content, span_id: span.spanContext().spanId })
    return span
  }
  const call = (id: string, tool: string, args: object, run: () => Json): void => {
    const span = step(`execute_tool ${tool}`, 'tool_call', { tool_name: tool, arguments: args, call_id: id })
    const sequence = steps.length
    const { output, is_error } = resultOf(run, span, api)
    span.setAttributes({
      'agent.step.call_id': id,
      'agent.step.result_sequence': sequence,
      'agent.step.result': JSON.stringify({ output, is_error }),
    })
    const content = { tool_name: tool, output, is_error, call_id: id }
    steps.push({ sequence, type: 'tool_result', content, span_id: span.spanContext().spanId })
    span.end()
  }
  step('plan', 'plan_update', { items: [{ title: 'Ask the weather service', status: 'in_progress' }] }).end()
  step('think', 'thought', { text: 'Two services know the weather. I ask both.' }).end()
  call('call_1', 'get_weather', { city: 'Oslo' }, () => ({ celsius: 4, sky: 'rain' }))
  call('call_2', 'get_forecast', { city: 'Oslo', days: 1 }, () => {
    throw new Error('connection refused')
  })
  const answer = step('answer', 'thought', { text: 'It rains at 4 °C in Oslo.' })
  const file = { role: 'output', path: 'weather.md', mime_type: 'text/markdown', size_bytes: 26 }
  answer.addEvent('agent.artifact', Object.fromEntries(Object.entries(file).map(([key, value]) => [`agent.artifact.${key}`, value])))
  artifacts.push({ ...file, sequence: steps.length - 1 })
  answer.end()
  root.end()
  return { trace_id: root.spanContext().traceId, agent_id: name, task_input: question, session_id: session, spans, steps, artifacts }
}

const resultOf = (run: () => Json, span: Span, api: Api): { readonly output: Json; readonly is_error: boolean } => {
  try {
    return { output: run(), is_error: false }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    span.recordException(message)
    span.setStatus({ code: api.error, message })
    return { output: message, is_error: true }
  }
}
