import type { Attributes, Item } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { normalFinish } from './genai-usage.ts'
import { givenFrom, messagesFrom } from './messages.ts'
import type { RunFacts, Said, Usage } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { filled, isObject, member, parsedAt, present, readableFrom, stringAt, textFrom } from './value.ts'

const OWN = 'genkit'

/** Firebase Genkit: actions with input and output as JSON text; a flow is the agent, `generate` around a model structure. */
export const genkit: Convention = {
  name: 'genkit',
  speaks: ({ attributes }) => attributes.has(`${OWN}:type`) || attributes.has(`${OWN}:name`),
  read: ({ attributes }: Item) => ({
    said: saidOf(attributes),
    consumed: ['type', 'metadata:subtype', 'input', 'output', 'name', 'state', 'sessionId'].map(key => `${OWN}:${key}`),
  }),
}

const saidOf = (attributes: Attributes): Said => {
  const kind = stringAt(attributes, `${OWN}:metadata:subtype`) ?? stringAt(attributes, `${OWN}:type`) ?? ''
  const input = valueAt(attributes, 'input')
  const output = valueAt(attributes, 'output')
  const run = runOf(attributes)
  const base: Said = present({ run: filled(run) })
  const name = stringAt(attributes, `${OWN}:name`)
  if (kind === 'model') return { ...base, role: 'model', ...modelSaid(name, input, output) }
  if (kind === 'tool' || kind.startsWith('tool.'))
    return { ...base, role: 'tool', call: callFacts(name ?? 'tool', undefined, input, output) }
  if (kind !== 'flow' && kind !== 'agent') return { ...base, role: 'other' }
  const task = input === undefined ? {} : { taskInput: isObject(input) ? input : { input } }
  const facts = { ...run, ...task, ...present({ output: readableFrom(output) }) }
  return { role: 'agent', ...present({ agent: agentFrom(undefined, name) }), ...saidByAgent([], [], facts) }
}

const valueAt = (attributes: Attributes, key: string): Json | undefined => parsedAt(attributes, `${OWN}:${key}`)

const runOf = (attributes: Attributes): RunFacts => present({ sessionId: stringAt(attributes, `${OWN}:sessionId`) })

const modelSaid = (name: string | undefined, input: Json | undefined, output: Json | undefined): Said => {
  const answer = member(output, 'message') ?? member(member(output, 'candidates'), '0')
  const messages = member(input, 'messages')
  const said = saidByOutput(answer === undefined ? [] : messagesFrom([answer], 'assistant'))
  return {
    ...said,
    ...present({
      usage: usageOf(name, output),
      given: messages === undefined ? undefined : givenFrom(messagesFrom(messages, 'user')),
      captured: output === undefined ? (false as const) : undefined,
    }),
  }
}

const usageOf = (model: string | undefined, output: Json | undefined): Usage => {
  const usage = member(output, 'usage')
  const count = (key: string): number | undefined => {
    const value = member(usage, key)
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  return present({
    requestModel: model,
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    cachedTokens: count('cachedContentTokens'),
    reasoningTokens: count('thoughtsTokens'),
    finish: normalFinish(textFrom(member(output, 'finishReason'))),
  })
}
