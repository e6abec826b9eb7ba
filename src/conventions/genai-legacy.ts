import type { Attributes, Item } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Convention } from './convention.ts'
import { roleOf } from './genai-operations.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import type { Said } from './reading.ts'
import { saidByAgent, saidByOutput } from './said.ts'
import { isArray, isObject, parsedFromValue } from './value.ts'

const prompts = ['gen_ai.prompt', 'gen_ai.content.prompt'] as const
const completions = ['gen_ai.completion', 'gen_ai.content.completion'] as const

/** GenAI semantic conventions up to 1.27: prompt and completion in one attribute, or one attribute for each field of each message. */
export const genaiLegacy: Convention = {
  name: 'genai-legacy',
  speaks: ({ attributes }: Item) =>
    !attributes.has('langsmith.span.kind') &&
    ([...prompts, ...completions].some(key => attributes.has(key)) ||
      ['gen_ai.prompt.0.role', 'gen_ai.prompt.0.content', 'gen_ai.completion.0.role', 'gen_ai.completion.0.content'].some(key =>
        attributes.has(key),
      ) ||
      attributes.has('gen_ai.completion.0.tool_calls.0.name')),
  read: ({ attributes }) => ({
    said: saidOf(attributes),
    consumed: [...attributes.keys()].filter(key => /^gen_ai\.(content\.)?(prompt|completion)(\.\d+\.|$)/.test(key)),
  }),
}

const saidOf = (attributes: Attributes): Said => {
  const input = told(attributes, prompts, 'user')
  const output = told(attributes, completions, 'assistant')
  const role = roleOf(attributes)
  if (role === 'agent') return saidByAgent(input, output)
  if (role === 'tool') return {}
  return { ...saidByOutput(output), ...(input.length === 0 ? {} : { given: givenFrom(input) }) }
}

const told = (attributes: Attributes, keys: readonly string[], role: string): readonly Message[] => {
  const key = keys.find(one => attributes.has(one))
  const whole = key === undefined ? [] : messagesFrom(parsedFromValue(attributes.get(key)), role)
  return whole.length > 0 ? whole : indexedMessages(attributes, keys[0] ?? '', role)
}

/** The messages of attributes such as `gen_ai.prompt.0.content` and `gen_ai.completion.0.tool_calls.1.name`, in the order of their numbers. */
export const indexedMessages = (attributes: Attributes, prefix: string, role: string): readonly Message[] => {
  const byIndex = new Map<number, Record<string, Json>>()
  const calls = new Map<number, Map<number, Record<string, Json>>>()
  for (const [key, value] of attributes) {
    const [, index = '', field = ''] = key.startsWith(`${prefix}.`) ? (/^(\d{1,6})\.(.+)$/.exec(key.slice(prefix.length + 1)) ?? []) : []
    if (index === '') continue
    const at = Number(index)
    const message = byIndex.get(at) ?? {}
    byIndex.set(at, message)
    const [, number, name] = /^tool_calls\.(\d{1,6})\.(.+)$/.exec(field) ?? []
    if (number === undefined || name === undefined)
      message[field] = field === 'content' ? contentOf(parsedFromValue(value)) : parsedFromValue(value)
    else setCall(calls, at, Number(number), name, parsedFromValue(value))
  }
  const ordered = [...byIndex].sort(([a], [b]) => a - b)
  return messagesFrom(
    ordered.map(([at, message]): JsonObject => ({ ...message, tool_calls: callsOf(calls.get(at)) })),
    role,
  )
}

// A text that happens to be JSON is one; a list of parts is what it says.
const contentOf = (json: Json): Json => (isArray(json) || typeof json === 'string' ? json : isObject(json) ? JSON.stringify(json) : json)

const setCall = (calls: Map<number, Map<number, Record<string, Json>>>, at: number, number: number, name: string, value: Json): void => {
  const list = calls.get(at) ?? new Map<number, Record<string, Json>>()
  calls.set(at, list)
  const call = list.get(number) ?? {}
  list.set(number, call)
  call[name.replace(/^function\./, '')] = value
}

const callsOf = (calls: ReadonlyMap<number, JsonObject> | undefined): readonly Json[] =>
  [...(calls ?? [])].sort(([a], [b]) => a - b).map(([, call]) => call)
