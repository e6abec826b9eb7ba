import { type Attributes, context, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { type StartLogger, StepSequencer, startRun } from '../src/sdk/index.ts'

/** What a step costs an agent, in µs: by hand, through the SDK with the sequencer, and with the events of starts as well. */
export type StepCost = {
  readonly by_hand_us: number
  readonly sdk_us: number
  readonly sdk_ratio: number
  readonly start_events_us: number
}

const stepsARound = 4_000
const rounds = 15

const sink: SpanExporter = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} }
const quiet: StartLogger = { emit: () => {} }

const args = { city: 'Oslo', days: 3, units: 'metric' }
const answer = { city: 'Oslo', celsius: 4, sky: 'rain', wind: { from: 'west', metres_per_second: 7 } }

type Round = () => Promise<void>

const provider = (...processors: SpanProcessor[]): Tracer =>
  new BasicTracerProvider({
    spanProcessors: [...processors, new BatchSpanProcessor(sink, { maxQueueSize: 2 * stepsARound })],
  }).getTracer('bench')

/** A tool call as somebody writes it who knows our attributes: the same span, with the same attributes. */
const byHand = (tracer: Tracer): Round => {
  const root = tracer.startSpan('invoke_agent bench')
  const around = trace.setSpan(context.active(), root)
  let sequence = 0
  const step = async (work: (args: object) => Promise<object>): Promise<object> => {
    const attributes: Attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_weather',
      'gen_ai.tool.call.arguments': JSON.stringify(args),
      'agent.step.type': 'tool_call',
      'agent.step.sequence': sequence++,
      'agent.run.id': 'bench',
      'agent.id': 'bench',
    }
    const span = tracer.startSpan('execute_tool get_weather', { kind: SpanKind.INTERNAL, attributes }, around)
    try {
      const result = await context.with(trace.setSpan(around, span), work, undefined, args)
      span.setAttribute('gen_ai.tool.call.result', JSON.stringify(result))
      return result
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
      throw error
    } finally {
      span.setAttribute('agent.step.result_sequence', sequence++)
      span.end()
    }
  }
  return async () => {
    for (let i = 0; i < stepsARound; i++) await step(async () => answer)
  }
}

const bySdk = (tracer: Tracer): Round => {
  const run = startRun({ agent: 'bench', tracer })
  return async () => {
    for (let i = 0; i < stepsARound; i++) await run.tool('get_weather', args, async () => answer)
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Measures the three beside each other, round by round; medians. */
export const stepCost = async (): Promise<StepCost> => {
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  const kinds: readonly Round[] = [
    byHand(provider()),
    bySdk(provider(new StepSequencer())),
    bySdk(provider(new StepSequencer({ logger: quiet }))),
  ]
  const taken: [number[], number[], number[]] = [[], [], []]
  for (let round = -3; round < rounds; round++)
    for (const [kind, work] of kinds.entries()) {
      const started = performance.now()
      await work()
      if (round >= 0) taken[kind]?.push(((performance.now() - started) * 1_000) / stepsARound)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  context.disable()
  const [hand, sdk, told] = taken.map(median)
  const rounded = (n = 0): number => Math.round(n * 100) / 100
  return {
    by_hand_us: rounded(hand),
    sdk_us: rounded(sdk),
    sdk_ratio: rounded((sdk ?? 0) / (hand || 1)),
    start_events_us: rounded((told ?? 0) - (sdk ?? 0)),
  }
}
