import { context, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import {
  ATTR_AGENT_ID,
  ATTR_AGENT_NAME,
  ATTR_ARTIFACT_CONTENT,
  ATTR_ARTIFACT_MIME_TYPE,
  ATTR_ARTIFACT_PATH,
  ATTR_ARTIFACT_ROLE,
  ATTR_ARTIFACT_SIZE_BYTES,
  ATTR_RUN_STATUS,
  ATTR_RUN_TASK_INPUT,
  ATTR_STEP_CALL_ID,
  ATTR_STEP_CONTENT,
  ATTR_STEP_RESULT,
  ATTR_STEP_RESULT_SEQUENCE,
  ATTR_STEP_SEQUENCE,
  ATTR_STEP_TYPE,
  EVENT_ARTIFACT,
} from '../semconv.ts'

type Attributes = Readonly<Record<string, string | number>>

/** How many steps the demo agent reports. */
export const demoSteps = 9

const model = { 'gen_ai.provider.name': 'demo', 'gen_ai.request.model': 'demo-model' } as const
const report = '# Weather in Oslo\n\n4 °C and rain. Take the umbrella.\n'

/** Plays an agent that plans, calls two tools at once, of which one fails, and writes a report. Returns its trace id. */
export const playAgent = async (tracer: Tracer, pause: (ms: number) => Promise<void>): Promise<string> => {
  const root = tracer.startSpan('invoke_agent weather-agent', {
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'weather-agent',
      [ATTR_AGENT_ID]: 'weather-agent',
      [ATTR_AGENT_NAME]: 'weather-agent',
      [ATTR_RUN_TASK_INPUT]: JSON.stringify({ question: 'Do I need an umbrella in Oslo today?' }),
    },
  })
  const play = createStage(tracer, root, pause)
  await play.plan(0, [
    ['Ask two weather services', 'in_progress'],
    ['Write the report', 'pending'],
  ])
  await play.thought(1, 'Two services know the weather in Oslo. I ask both at once.', 'One of them may be down.')
  await Promise.all([
    play.call({
      sequence: 2,
      result: 4,
      id: 'call_1',
      tool: 'get_weather',
      args: { city: 'Oslo' },
      ms: 40,
      output: { celsius: 4, sky: 'rain' },
    }),
    play.call({
      sequence: 3,
      result: 5,
      id: 'call_2',
      tool: 'get_forecast',
      args: { city: 'Oslo', days: 1 },
      ms: 60,
      fails: 'connect ECONNREFUSED forecast.example:443',
    }),
  ])
  await play.plan(6, [
    ['Ask two weather services', 'completed'],
    ['Write the report', 'in_progress'],
  ])
  await play.call({
    sequence: 7,
    result: 8,
    id: 'call_3',
    tool: 'write_file',
    args: { path: 'report.md', text: report },
    ms: 20,
    output: 'written',
    artifact: true,
  })
  root.setAttribute(ATTR_RUN_STATUS, 'completed')
  root.end()
  return root.spanContext().traceId
}

type Call = {
  readonly sequence: number
  readonly result: number
  readonly id: string
  readonly tool: string
  readonly args: object
  readonly ms: number
  readonly output?: unknown
  readonly fails?: string
  readonly artifact?: boolean
}

const createStage = (tracer: Tracer, root: Span, pause: (ms: number) => Promise<void>) => {
  const step = async (name: string, attributes: Attributes, ms: number, work: (span: Span) => void = () => {}): Promise<void> => {
    const span = tracer.startSpan(name, { attributes }, trace.setSpan(context.active(), root))
    await pause(ms)
    work(span)
    span.end()
  }
  return {
    thought: (sequence: number, text: string, reasoning: string) =>
      step('chat demo-model', { ...model, 'gen_ai.operation.name': 'chat', ...said('thought', sequence, { text, reasoning }) }, 30),
    plan: (sequence: number, items: readonly (readonly [title: string, status: string])[]) =>
      step('plan', said('plan_update', sequence, { items: items.map(([title, status]) => ({ title, status })) }), 5),
    call: (call: Call) => step(`execute_tool ${call.tool}`, attributesOf(call), call.ms, span => finish(span, call)),
  }
}

const said = (type: string, sequence: number, content: object): Attributes => ({
  [ATTR_STEP_TYPE]: type,
  [ATTR_STEP_SEQUENCE]: sequence,
  [ATTR_STEP_CONTENT]: JSON.stringify(content),
})

const attributesOf = ({ sequence, result, id, tool, args }: Call): Attributes => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': tool,
  'gen_ai.tool.call.id': id,
  ...said('tool_call', sequence, { tool_name: tool, arguments: args, call_id: id }),
  [ATTR_STEP_CALL_ID]: id,
  [ATTR_STEP_RESULT_SEQUENCE]: result,
})

const finish = (span: Span, { output, fails, artifact }: Call): void => {
  if (artifact) span.addEvent(EVENT_ARTIFACT, reportAttributes)
  if (fails === undefined) span.setAttribute(ATTR_STEP_RESULT, JSON.stringify({ output }))
  else {
    span.recordException(new Error(fails))
    span.setStatus({ code: SpanStatusCode.ERROR, message: fails })
    span.setAttribute(ATTR_STEP_RESULT, JSON.stringify({ output: fails, is_error: true }))
  }
}

const reportAttributes: Attributes = {
  [ATTR_ARTIFACT_ROLE]: 'output',
  [ATTR_ARTIFACT_PATH]: 'report.md',
  [ATTR_ARTIFACT_MIME_TYPE]: 'text/markdown',
  [ATTR_ARTIFACT_SIZE_BYTES]: Buffer.byteLength(report),
  [ATTR_ARTIFACT_CONTENT]: report,
}
