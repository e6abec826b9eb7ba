import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { OpenAI } from 'openai'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

const provider = startTelemetry()
const instrumentation = new OpenAIInstrumentation({ tracerProvider: provider })
instrumentation.manuallyInstrument(OpenAI)
const openai = new OpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none', maxRetries: 0 })
const tracer: Tracer = provider.getTracer('harbour')

/** A span of OpenInference as users write them by hand: kind, input, output. */
const traced = <T>(kind: string, name: string, input: unknown, work: () => Promise<T>): Promise<T> =>
  tracer.startActiveSpan(name, { attributes: { 'openinference.span.kind': kind, 'input.value': JSON.stringify(input) } }, async span => {
    try {
      const output = await work()
      span.setAttribute('output.value', JSON.stringify(output))
      span.setStatus({ code: SpanStatusCode.OK })
      return output
    } catch (error) {
      if (error instanceof Error) span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
      throw error
    } finally {
      span.end()
    }
  })

const execute = async (name: string, text: string): Promise<string> => {
  const work: Readonly<Record<string, (given: never) => Promise<unknown>>> = tools
  const args = JSON.parse(text) as never
  return traced('TOOL', name, args, async () => work[name]?.(args))
    .then(output => JSON.stringify(output))
    .catch(error => `Error: ${error instanceof Error ? error.message : error}`)
}

const declared = Object.keys(tools).map(name => ({ name, parameters: { type: 'object', properties: {} } }))

const chat = async (): Promise<string> => {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: task }]
  const declaredTools = declared.map(one => ({ type: 'function' as const, function: one }))
  for (;;) {
    const { choices } = await openai.chat.completions.create({ model: 'harbour-1', messages, tools: declaredTools })
    const message = choices[0]?.message
    if (message === undefined) throw new Error('Expected a choice')
    messages.push(message)
    if (message.tool_calls === undefined) return message.content ?? ''
    const results = message.tool_calls.map(async call => ({
      role: 'tool' as const,
      tool_call_id: call.id,
      content: call.type === 'function' ? await execute(call.function.name, call.function.arguments) : '',
    }))
    messages.push(...(await Promise.all(results)))
  }
}

const responses = async (): Promise<string> => {
  const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: task }]
  const declaredTools = declared.map(one => ({ type: 'function' as const, strict: false, ...one }))
  for (;;) {
    const { output, output_text } = await openai.responses.create({ model: 'harbour-1', input, tools: declaredTools })
    const calls = output.filter(item => item.type === 'function_call')
    if (calls.length === 0) return output_text
    const results = calls.map(async ({ call_id, name, arguments: args }) => ({
      type: 'function_call_output' as const,
      call_id,
      output: await execute(name, args),
    }))
    input.push(...output, ...(await Promise.all(results)))
  }
}

await keepAccount(() => traced('AGENT', 'harbour-master', task, environment('SCENARIO') === 'chat' ? chat : responses))
await provider.shutdown()
