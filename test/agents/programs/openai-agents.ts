import { OpenAIAgentsInstrumentation } from '@arizeai/openinference-instrumentation-openai-agents'
import * as agents from '@openai/agents'
import { OpenAI } from 'openai'
import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

const provider = startTelemetry()
new OpenAIAgentsInstrumentation({ tracerProvider: provider }).manuallyInstrument(agents)
const scenario = environment('SCENARIO')
const { Agent, run, setDefaultOpenAIClient, setOpenAIAPI, tool } = agents
setDefaultOpenAIClient(new OpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none', maxRetries: 0 }))
setOpenAIAPI(scenario === 'chat' ? 'chat_completions' : 'responses')

const pilot = new Agent({
  name: 'pilot',
  instructions: 'You are the pilot.',
  model: 'harbour-pilot',
  tools: [
    tool({ name: 'read_chart', description: 'Reads a chart', parameters: z.object({ area: z.string() }), execute: tools.read_chart }),
  ],
})

const master = (model: string) =>
  new Agent({
    name: 'harbour_master',
    instructions: 'You are the harbour master.',
    model,
    tools: [
      tool({ name: 'look_up_tide', description: 'Tide', parameters: z.object({ port: z.string() }), execute: tools.look_up_tide }),
      tool({
        name: 'book_berth',
        description: 'Berth',
        parameters: z.object({ port: z.string(), nights: z.number() }),
        execute: tools.book_berth,
      }),
      pilot.asTool({ toolName: 'ask_pilot', toolDescription: 'Asks the pilot' }),
    ],
  })

const desk = new Agent({ name: 'desk', instructions: 'You are the desk.', model: 'harbour-desk', handoffs: [master('harbour-1')] })

const streamed = async (): Promise<string | undefined> => {
  const result = await run(master('harbour-1'), task, { stream: true })
  await result.completed
  return result.finalOutput
}

const scenarios: Readonly<Record<string, () => Promise<string | undefined>>> = {
  delegated: async () => (await run(master('harbour-openai'), task)).finalOutput,
  chat: async () => (await run(master('harbour-1'), task)).finalOutput,
  'handed over': async () => (await run(desk, task)).finalOutput,
  streamed,
  failed: async () => (await run(master('harbour-broken'), task)).finalOutput,
}

await keepAccount(async () => scenarios[scenario]?.())
await agents.getGlobalTraceProvider().forceFlush()
await provider.shutdown()
