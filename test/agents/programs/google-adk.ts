import { z } from 'zod'
import { environment, keepAccount, task, tools } from './book.ts'
import { startTelemetry } from './telemetry.ts'

process.env['GOOGLE_GEMINI_BASE_URL'] = environment('MODEL_URL')
const provider = startTelemetry()
// It asks for its tracer when it is imported, of an API package of its own, which finds no provider that is registered later.
const { AgentTool, FunctionTool, Gemini, InMemoryRunner, LlmAgent } = await import('@google/adk')
const models: Readonly<Record<string, string>> = { delegated: 'harbour-adk' }

const gemini = (model: string) => new Gemini({ model, apiKey: 'none' })
const pilot = new LlmAgent({
  name: 'ask_pilot',
  description: 'Knows the way in',
  instruction: 'You are the pilot.',
  model: gemini('harbour-pilot'),
  tools: [
    new FunctionTool({ name: 'read_chart', description: 'Chart', parameters: z.object({ area: z.string() }), execute: tools.read_chart }),
  ],
})
const master = new LlmAgent({
  name: 'harbour_master',
  description: 'Knows the harbour',
  instruction: 'You are the harbour master.',
  model: gemini(models[environment('SCENARIO')] ?? 'harbour-1'),
  tools: [
    new FunctionTool({
      name: 'look_up_tide',
      description: 'Tide',
      parameters: z.object({ port: z.string() }),
      execute: tools.look_up_tide,
    }),
    new FunctionTool({
      name: 'book_berth',
      description: 'Berth',
      parameters: z.object({ port: z.string(), nights: z.number() }),
      execute: tools.book_berth,
    }),
    new AgentTool({ agent: pilot }),
  ],
})

const ask = async (): Promise<string> => {
  const runner = new InMemoryRunner({ agent: master, appName: 'harbour' })
  await runner.sessionService.createSession({ appName: 'harbour', userId: 'skipper', sessionId: 'voyage-7' })
  let text = ''
  const message = { role: 'user', parts: [{ text: task }] }
  for await (const event of runner.runAsync({ userId: 'skipper', sessionId: 'voyage-7', newMessage: message })) {
    if (event.errorMessage !== undefined) throw new Error(event.errorMessage)
    const said = event.content?.parts?.map(part => (part.thought === true ? '' : (part.text ?? ''))).join('')
    if (said) text = said
  }
  return text
}

await keepAccount(ask)
await provider.shutdown()
