import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'
import * as callbacks from '@langchain/core/callbacks/manager'
import { ChatOpenAI } from '@langchain/openai'
import { createAgent, todoListMiddleware, tool } from 'langchain'
import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

const provider = startTelemetry()
const instrumentation = new LangChainInstrumentation({ tracerProvider: provider })
instrumentation.manuallyInstrument(callbacks)
const scenario = environment('SCENARIO')

const chat = (model: string) =>
  new ChatOpenAI({
    model,
    apiKey: 'none',
    maxRetries: 0,
    useResponsesApi: scenario === 'responses',
    configuration: { baseURL: environment('MODEL_URL') },
  })

const read_chart = tool(tools.read_chart, { name: 'read_chart', description: 'Chart', schema: z.object({ area: z.string() }) })
const pilot = createAgent({ model: chat('harbour-pilot'), tools: [read_chart], name: 'pilot' })
const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : Array.isArray(content) ? content.map(part => part.text ?? '').join('') : ''

const ask_pilot = tool(
  async ({ question }) => {
    const { messages } = await pilot.invoke({ messages: [{ role: 'user', content: question }] })
    return textOf(messages.at(-1)?.content)
  },
  { name: 'ask_pilot', description: 'Asks the pilot', schema: z.object({ question: z.string() }) },
)

/** A failed booking goes back to the model as an error, as LangGraph's own tool node does by default. */
const book_berth = tool(tools.book_berth, {
  name: 'book_berth',
  description: 'Berth',
  schema: z.object({ port: z.string(), nights: z.number() }),
})

const ask = async (model: string): Promise<string> => {
  const agent = createAgent({
    model: chat(model),
    tools: [
      tool(tools.look_up_tide, { name: 'look_up_tide', description: 'Tide', schema: z.object({ port: z.string() }) }),
      book_berth,
      ask_pilot,
    ],
    middleware: scenario === 'planned' ? [todoListMiddleware()] : [],
    name: 'harbour-master',
  })
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: task }] }, { configurable: { thread_id: 'voyage-7' } })
  return textOf(messages.at(-1)?.content)
}

const scenarios: Readonly<Record<string, () => Promise<string>>> = {
  planned: () => ask('harbour-list'),
  responses: () => ask('harbour-1'),
  delegated: () => ask('harbour-chief'),
  failed: () => ask('harbour-broken'),
}

await keepAccount(async () => scenarios[scenario]?.())
await provider.shutdown()
