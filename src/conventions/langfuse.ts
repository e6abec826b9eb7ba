import type { Attributes, Item } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { givenFrom, messagesFrom } from './messages.ts'
import type { Role, RunFacts, Said, Usage } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { entry, filled, isObject, member, parsedAt, present, readableFrom, stringAt } from './value.ts'

const OWN = 'langfuse.observation'
const TYPE = `${OWN}.type`

const roles: Readonly<Record<string, Role>> = { generation: 'model', agent: 'agent', tool: 'tool' }

/** Langfuse's SDKs since 3 (Python) and 4 (JS): observations of a type, with input and output as JSON text. */
export const langfuse: Convention = {
  name: 'langfuse',
  speaks: ({ attributes }) => attributes.has(TYPE) || attributes.has('langfuse.session.id') || attributes.has('langfuse.trace.name'),
  read: item => ({
    said: saidOf(item),
    consumed: [
      ...['type', 'input', 'output', 'model.name', 'usage_details', 'cost_details', 'status_message'].map(key => `${OWN}.${key}`),
      ...['langfuse.session.id', 'langfuse.trace.session_id', 'langfuse.user.id', 'langfuse.trace.user_id', 'langfuse.trace.input'],
    ],
  }),
}

const saidOf = ({ attributes, ...item }: Item): Said => {
  const role = entry(roles, stringAt(attributes, TYPE))
  const run = runOf(attributes)
  const input = parsedAt(attributes, `${OWN}.input`)
  const output = parsedAt(attributes, `${OWN}.output`)
  const base: Said = present({
    role,
    error: errorOf(attributes),
    run: filled(run),
  })
  const name = item.kind === 'span' ? item.name : ''
  if (role === 'model') return { ...base, ...modelSaid(attributes, input, output) }
  if (role === 'tool') return { ...base, call: callFacts(name || 'tool', undefined, input, output) }
  if (role === 'agent') return { ...base, ...present({ agent: agentFrom(undefined, name || undefined) }), ...agentSaid(input, output, run) }
  return base
}

const runOf = (attributes: Attributes): RunFacts => {
  const task = parsedAt(attributes, 'langfuse.trace.input')
  return present({
    sessionId: stringAt(attributes, 'langfuse.session.id', 'langfuse.trace.session_id'),
    userId: stringAt(attributes, 'langfuse.user.id', 'langfuse.trace.user_id'),
    taskInput: task,
  })
}

const errorOf = (attributes: Attributes): Said['error'] =>
  stringAt(attributes, `${OWN}.level`) === 'ERROR' ? { message: stringAt(attributes, `${OWN}.status_message`) ?? 'error' } : undefined

const modelSaid = (attributes: Attributes, input: Json | undefined, output: Json | undefined): Said => {
  const said = saidByOutput(messagesFrom(isObject(output) ? [output] : output, 'assistant'))
  const usage = { ...said.usage, ...usageOf(attributes) }
  return {
    ...said,
    ...present({
      usage: filled(usage),
      given: input === undefined ? undefined : givenFrom(messagesFrom(input, 'user')),
      captured: output === undefined ? (false as const) : undefined,
    }),
  }
}

const usageOf = (attributes: Attributes): Usage => {
  const details = parsedAt(attributes, `${OWN}.usage_details`)
  const count = (...keys: readonly string[]): number | undefined =>
    keys.map(key => member(details, key)).find((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0)
  const cost = member(parsedAt(attributes, `${OWN}.cost_details`), 'total')
  return present({
    requestModel: stringAt(attributes, `${OWN}.model.name`),
    inputTokens: count('input', 'prompt_tokens', 'input_tokens', 'promptTokens'),
    outputTokens: count('output', 'completion_tokens', 'output_tokens', 'completionTokens'),
    cachedTokens: count('input_cached_tokens', 'cache_read_input_tokens', 'input_cache_read'),
    reasoningTokens: count('output_reasoning_tokens', 'output_reasoning'),
    cost: typeof cost === 'number' && cost >= 0 ? cost : undefined,
  })
}

const agentSaid = (input: Json | undefined, output: Json | undefined, run: RunFacts): Said => {
  const asked = messagesFrom(input, 'user')
  const said = saidByAgent(asked, [], { ...run, ...present({ output: readableFrom(output) }) })
  // Arguments of a decorated function are no messages.
  const isConversation = asked.some(m => m.text !== undefined || m.results.length > 0)
  return isConversation || input === undefined ? said : { ...said, run: { ...said.run, taskInput: wrapped(input) } }
}

const wrapped = (input: Json): JsonObject => (isObject(input) ? input : { input })
