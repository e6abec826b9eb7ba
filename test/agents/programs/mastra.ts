import { createOpenAI } from '@ai-sdk/openai'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { createTool } from '@mastra/core/tools'
import { Observability } from '@mastra/observability'
import { OtelExporter } from '@mastra/otel-exporter'
import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'

const openai = createOpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none' })
const scenario = environment('SCENARIO')

const read_chart = createTool({
  id: 'read_chart',
  description: 'Chart',
  inputSchema: z.object({ area: z.string() }),
  execute: async input => tools.read_chart(input),
})
const look_up_tide = createTool({
  id: 'look_up_tide',
  description: 'Tide',
  inputSchema: z.object({ port: z.string() }),
  execute: async input => tools.look_up_tide(input),
})
const book_berth = createTool({
  id: 'book_berth',
  description: 'Berth',
  inputSchema: z.object({ port: z.string(), nights: z.number() }),
  execute: async input => tools.book_berth(input),
})

const pilot = new Agent({
  id: 'pilot',
  name: 'Pilot',
  description: 'Knows the way in',
  instructions: 'You are the pilot.',
  model: openai('harbour-pilot'),
  tools: { read_chart },
})
const models: Readonly<Record<string, string>> = { delegated: 'harbour-mastra', failed: 'harbour-broken' }
const master = new Agent({
  id: 'harbour-master',
  name: 'Harbour Master',
  instructions: 'You are the harbour master.',
  model: openai(models[scenario] ?? 'harbour-1'),
  tools: { look_up_tide, book_berth },
  agents: { pilot },
  maxRetries: 0,
})

const mastra = new Mastra({
  agents: { master },
  logger: false,
  observability: new Observability({
    configs: {
      otel: {
        serviceName: 'harbour',
        exporters: [
          new OtelExporter({
            provider: { custom: { endpoint: `${environment('OTLP_URL')}/v1/traces`, protocol: 'http/json' } },
            batchSize: 5,
          }),
        ],
      },
    },
  }),
})

const streamed = async (): Promise<string> => {
  const { textStream, steps } = await mastra.getAgent('master').stream(task, { maxSteps: 8 })
  for await (const _ of textStream);
  return (await steps).at(-1)?.text ?? ''
}

const generated = async (): Promise<string> => {
  const { steps } = await mastra.getAgent('master').generate(task, { maxSteps: 8 })
  return steps.at(-1)?.text ?? ''
}

await keepAccount(scenario === 'streamed' ? streamed : generated)
await mastra.observability.shutdown()
process.exit()
