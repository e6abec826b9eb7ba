import { createOpenAI } from '@ai-sdk/openai'
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import { OpenInferenceBatchSpanProcessor } from '@arizeai/openinference-vercel'
import { generateText, registerTelemetry, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

const scenario = environment('SCENARIO')
const provider =
  scenario === 'openinference' ? startTelemetry(exporter => new OpenInferenceBatchSpanProcessor({ exporter })) : startTelemetry()
registerTelemetry(scenario === 'legacy' ? new LegacyOpenTelemetry() : new OpenTelemetry())
const openai = createOpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none' })

const read_chart = tool({ inputSchema: z.object({ area: z.string() }), execute: tools.read_chart })
const ask_pilot = tool({
  inputSchema: z.object({ question: z.string() }),
  execute: async ({ question }) => {
    const { text } = await generateText({
      model: openai('harbour-pilot'),
      prompt: question,
      tools: { read_chart },
      stopWhen: stepCountIs(5),
      telemetry: { functionId: 'pilot' },
    })
    return text
  },
})

const request = (model: string) => ({
  model: openai(model),
  system: 'You are the harbour master.',
  prompt: task,
  tools: {
    look_up_tide: tool({ inputSchema: z.object({ port: z.string() }), execute: tools.look_up_tide }),
    book_berth: tool({ inputSchema: z.object({ port: z.string(), nights: z.number() }), execute: tools.book_berth }),
    ask_pilot,
  },
  stopWhen: stepCountIs(8),
  maxRetries: 0,
  telemetry: { functionId: 'harbour-master' },
})

const stream = async (model: string, abortAt?: string): Promise<string | undefined> => {
  const controller = new AbortController()
  let text = ''
  for await (const part of streamText({ ...request(model), abortSignal: controller.signal }).fullStream) {
    if (part.type === 'start-step') text = ''
    if (part.type === 'text-delta') text += part.text
    if (abortAt !== undefined && text.startsWith(abortAt)) controller.abort()
    if (part.type === 'abort') return undefined
    if (part.type === 'error') throw part.error
  }
  return text
}

const scenarios: Readonly<Record<string, () => Promise<string | undefined>>> = {
  generated: async () => (await generateText(request('harbour-1'))).text,
  legacy: async () => (await generateText(request('harbour-1'))).text,
  openinference: async () => (await generateText(request('harbour-1'))).text,
  streamed: () => stream('harbour-1'),
  delegated: async () => (await generateText(request('harbour-chief'))).text,
  aborted: () => stream('harbour-hang', 'The office'),
  failed: async () => (await generateText(request('harbour-broken'))).text,
}

await keepAccount(async () => scenarios[scenario]?.())
await provider.shutdown()
