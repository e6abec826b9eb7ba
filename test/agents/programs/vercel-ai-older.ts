import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

/** What of `ai` v5 and v6 is used here is the same in both. */
type Ai = typeof import('ai6')
type CreateOpenAI = typeof import('openai6').createOpenAI

/** Runs the harbour master on a version of `ai` that still has its telemetry within. */
export const runOlder = async ({ generateText, stepCountIs, streamText, tool }: Ai, createOpenAI: CreateOpenAI): Promise<void> => {
  const provider = startTelemetry()
  const openai = createOpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none' })
  const request = (model: string) => ({
    model: openai(model),
    system: 'You are the harbour master.',
    prompt: task,
    tools: {
      look_up_tide: tool({ inputSchema: z.object({ port: z.string() }), execute: tools.look_up_tide }),
      book_berth: tool({ inputSchema: z.object({ port: z.string(), nights: z.number() }), execute: tools.book_berth }),
    },
    stopWhen: stepCountIs(8),
    maxRetries: 0,
    experimental_telemetry: { isEnabled: true, functionId: 'harbour-master', metadata: { sessionId: 'voyage-7' } },
  })
  const streamed = async (model: string): Promise<string> => {
    let text = ''
    for await (const part of streamText(request(model)).fullStream) {
      if (part.type === 'start-step') text = ''
      if (part.type === 'text-delta') text += part.text
      if (part.type === 'error') throw part.error
    }
    return text
  }
  const scenarios: Readonly<Record<string, () => Promise<string>>> = {
    generated: async () => (await generateText(request('harbour-1'))).text,
    streamed: () => streamed('harbour-1'),
    failed: async () => (await generateText(request('harbour-broken'))).text,
  }
  await keepAccount(async () => scenarios[environment('SCENARIO')]?.())
  await provider.shutdown()
}
