import { context, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, type IdGenerator, SimpleSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'

/** What the agent says it did, in order: type and the content a reader must find. */
export type Account = readonly { readonly type: string; readonly content: object }[]

const countingIds = (): IdGenerator => {
  let n = 0
  return { generateTraceId: () => 'c0ffee00c0ffee00c0ffee00c0ffee00', generateSpanId: () => (++n).toString(16).padStart(16, '0') }
}

const at = (ms: number): number => Date.UTC(2026, 0, 1) + ms

type Work = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly attributes: Record<string, string>
  readonly fails?: string
}

const span = (tracer: Tracer, { name, from, to, attributes, fails }: Work): void => {
  const one = tracer.startSpan(name, { startTime: at(from), attributes })
  if (fails !== undefined) {
    one.recordException(new Error(fails), at(to))
    one.setStatus({ code: SpanStatusCode.ERROR, message: fails })
  }
  one.end(at(to))
}

const chat = (text: string, calls: readonly object[]): Record<string, string> => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-5',
  'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: text }, ...calls] }]),
})

const tool = (name: string, id: string, args: object, result?: object): Record<string, string> => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
  'gen_ai.tool.call.id': id,
  'gen_ai.tool.call.arguments': JSON.stringify(args),
  ...(result === undefined ? {} : { 'gen_ai.tool.call.result': JSON.stringify(result) }),
})

/** Runs a small agent over a real SDK and this exporter, and returns its own account. Ids and times are always the same. */
export const runAgent = async (exporter: SpanExporter): Promise<Account> => {
  const provider = new BasicTracerProvider({
    idGenerator: countingIds(),
    resource: resourceFromAttributes({ 'service.name': 'corridor' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('corridor')
  const root = tracer.startSpan('invoke_agent planner', {
    startTime: at(0),
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'planner',
      'agent.run.task_input': 'Weather in Oslo and Rome?',
    },
  })
  const inRun = {
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
    startSpan: (...[name, options]: Parameters<Tracer['startSpan']>) =>
      tracer.startSpan(name, options, trace.setSpan(context.active(), root)),
  }
  span(inRun, {
    name: 'plan',
    from: 5,
    to: 10,
    attributes: {
      'agent.step.type': 'plan_update',
      'agent.step.content': JSON.stringify({ items: [{ title: 'Ask', status: 'in_progress' }] }),
    },
  })
  const calls = [
    { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Oslo' } },
    { type: 'tool_call', id: 'c2', name: 'weather', arguments: { city: 'Rome' } },
  ]
  span(inRun, { name: 'chat gpt-5', from: 20, to: 100, attributes: chat('I ask for both.', calls) })
  span(inRun, { name: 'execute_tool weather', from: 110, to: 200, attributes: tool('weather', 'c1', { city: 'Oslo' }, { celsius: 4 }) })
  span(inRun, {
    name: 'execute_tool weather',
    from: 111,
    to: 180,
    attributes: tool('weather', 'c2', { city: 'Rome' }),
    fails: 'connection refused',
  })
  span(inRun, { name: 'chat gpt-5', from: 210, to: 300, attributes: chat('Oslo has 4 degrees.', []) })
  root.addEvent(
    'agent.artifact',
    {
      'agent.artifact.role': 'output',
      'agent.artifact.path': 'answer.md',
      'agent.artifact.mime_type': 'text/markdown',
      'agent.artifact.size_bytes': 19,
    },
    at(305),
  )
  root.end(at(310))
  await provider.shutdown()
  return [
    { type: 'plan_update', content: { items: [{ title: 'Ask', status: 'in_progress' }] } },
    { type: 'thought', content: { text: 'I ask for both.' } },
    { type: 'tool_call', content: { tool_name: 'weather', arguments: { city: 'Oslo' }, call_id: 'c1' } },
    { type: 'tool_call', content: { tool_name: 'weather', arguments: { city: 'Rome' }, call_id: 'c2' } },
    { type: 'tool_result', content: { tool_name: 'weather', output: 'connection refused', is_error: true, call_id: 'c2' } },
    { type: 'tool_result', content: { tool_name: 'weather', output: { celsius: 4 }, is_error: false, call_id: 'c1' } },
    { type: 'thought', content: { text: 'Oslo has 4 degrees.' } },
  ]
}
