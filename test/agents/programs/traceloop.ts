import * as traceloop from '@traceloop/node-server-sdk'
import { OpenAI } from 'openai'
import { environment, keepAccount, task, tools } from './book.ts'

traceloop.initialize({
  appName: 'harbour',
  baseUrl: environment('OTLP_URL'),
  apiKey: 'none',
  disableBatch: environment('SCENARIO') !== 'batched',
  silenceInitializationMessage: true,
  tracingEnabled: true,
  instrumentModules: { openAI: OpenAI },
})

const openai = new OpenAI({ baseURL: environment('MODEL_URL'), apiKey: 'none', maxRetries: 0 })

const execute = (name: string, args: never): Promise<unknown> =>
  traceloop.withTool(
    { name },
    async (given: never) => {
      const work: Readonly<Record<string, (given: never) => Promise<unknown>>> = tools
      return work[name]?.(given)
    },
    args,
  )

const declared = Object.keys(tools).map(name => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: {} } },
}))

const agent = async (): Promise<string> => {
  const messages: OpenAI.ChatCompletionMessageParam[] = [
    { role: 'system', content: 'You are the harbour master.' },
    { role: 'user', content: task },
  ]
  for (;;) {
    const { choices } = await openai.chat.completions.create({ model: 'harbour-1', messages, tools: declared })
    const message = choices[0]?.message
    if (message === undefined) throw new Error('Expected a choice')
    messages.push(message)
    if (message.tool_calls === undefined) return message.content ?? ''
    const results = await Promise.all(
      message.tool_calls.map(async call => {
        if (call.type !== 'function') throw new Error('Expected a function call')
        const content = await execute(call.function.name, JSON.parse(call.function.arguments) as never)
          .then(output => JSON.stringify(output))
          .catch(error => `Error: ${error instanceof Error ? error.message : error}`)
        return { role: 'tool' as const, tool_call_id: call.id, content }
      }),
    )
    messages.push(...results)
  }
}

await keepAccount(() =>
  traceloop.withAssociationProperties({ session_id: 'voyage-7' }, () =>
    traceloop.withWorkflow({ name: 'voyage' }, () => traceloop.withAgent({ name: 'harbour-master' }, agent)),
  ),
)
await traceloop.forceFlush()
