import type { Attributes, LogItem, SpanEvent, SpanItem } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Convention } from './convention.ts'
import { roleOf } from './genai-operations.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import type { Said } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { countAt, entry, isArray, isObject, jsonFromValue, member, parsedFromText, parsedFromValue, present, stringAt } from './value.ts'

const CHOICE = 'gen_ai.choice'

/** Whose message an event tells. `gen_ai.content.*` hold the whole prompt and completion: semconv 1.27 and before, OpenLIT. */
const roles: Readonly<Record<string, string>> = {
  'gen_ai.system.message': 'system',
  'gen_ai.user.message': 'user',
  'gen_ai.assistant.message': 'assistant',
  'gen_ai.tool.message': 'tool',
  'gen_ai.content.prompt': 'user',
  'gen_ai.content.completion': 'assistant',
  [CHOICE]: 'assistant',
}

const outputs: ReadonlySet<string> = new Set([CHOICE, 'gen_ai.content.completion'])

const consumed = Object.keys(roles).map(name => `event:${name}`)

/** GenAI semantic conventions 1.27–1.36: one event for each message, on the span or as a log record beside it. */
export const genaiEvents: Convention = {
  name: 'genai-events',
  speaks: item =>
    item.kind === 'log' ? entry(roles, item.eventName) !== undefined : item.events.some(event => entry(roles, event.name) !== undefined),
  read: item => ({ said: item.kind === 'log' ? saidByLog(item) : saidBySpan(item), consumed }),
}

const saidBySpan = (item: SpanItem): Said => {
  const told = item.events.filter(event => entry(roles, event.name) !== undefined)
  const role = roleOf(item.attributes)
  if (role === 'tool') return toolSaid(item.attributes, told)
  const input = told.filter(event => !outputs.has(event.name)).flatMap(messagesOf)
  const output = told.filter(event => outputs.has(event.name)).flatMap(messagesOf)
  if (role === 'agent' || isAgentLike(item.attributes)) return saidByAgent(input, output)
  // Structure may repeat the messages of the call in it.
  if (role !== 'model' && !item.attributes.has('gen_ai.request.model')) return {}
  return { ...saidByOutput(output), ...(input.length === 0 ? {} : { given: givenFrom(input) }) }
}

const isAgentLike = (attributes: Attributes): boolean => /^invoke_/.test(stringAt(attributes, 'gen_ai.operation.name') ?? '')

const messagesOf = (event: SpanEvent): readonly Message[] => messagesFromBody(event.name, bodyOf(event.attributes))

// On a tool's own span the message is what it was given, the choice what it answered (Strands).
const toolSaid = (attributes: Attributes, told: readonly SpanEvent[]): Said => {
  const body = (name: string): JsonObject => bodyOf(told.find(event => event.name === name)?.attributes ?? new Map())
  const asked = body('gen_ai.tool.message')
  const answered = body(CHOICE)
  const id = stringAt(attributes, 'gen_ai.tool.call.id') ?? textOf(asked['id']) ?? textOf(answered['id'])
  const [result] = messagesFromBody('gen_ai.tool.message', { content: answered['message'] ?? null })
  const name = stringAt(attributes, 'gen_ai.tool.name') ?? 'tool'
  const isSaid = answered['message'] !== undefined
  return { call: callFacts(name, id, asked['content'], isSaid ? result?.results[0]?.output : undefined) }
}

const textOf = (json: Json | undefined): string | undefined => (typeof json === 'string' ? json : undefined)

// Azure and Semantic Kernel put the body into one attribute, the others spread it.
const bodyOf = (attributes: Attributes): JsonObject => {
  const whole = parsedFromValue(attributes.get('gen_ai.event.content'))
  const spread = Object.fromEntries([...attributes].map(([key, value]) => [key, parsedFromValue(value)]))
  return isObject(whole) ? { ...spread, ...whole } : whole === null ? spread : { ...spread, content: whole }
}

/** The messages an event of this name tells by its body. */
export const messagesFromBody = (name: string, body: JsonObject): readonly Message[] => {
  const role = entry(roles, name) ?? 'user'
  if (name === 'gen_ai.content.prompt') return messagesFrom(parsed(body['gen_ai.prompt'] ?? body['content']), role)
  if (name === 'gen_ai.content.completion') return messagesFrom(parsed(body['gen_ai.completion'] ?? body['content']), role)
  if (name !== CHOICE) return messagesFrom([{ role, ...body }], role)
  const message = body['message'] ?? body['content'] ?? null
  const finish = body['finish_reason'] ?? null
  const isWhole = isObject(message) && ['content', 'tool_calls', 'parts', 'role'].some(key => message[key] !== undefined)
  return messagesFrom([{ ...(isWhole ? message : { content: message }), role, finish_reason: finish }], role)
}

const parsed = (json: Json | undefined): Json | undefined => (typeof json === 'string' ? parsedFromText(json) : json)

const saidByLog = (item: LogItem): Said => {
  const body = logBodyOf(item)
  const ordinal = countAt(item.attributes, 'gen_ai.message.index')
  const base: Said = { about: 'model', ...present({ ordinal }) }
  if (outputs.has(item.eventName)) {
    if (typeof body['index'] === 'number' && body['index'] > 0) return { ...base, choices: [body] }
    const said = saidByOutput(messagesFromBody(item.eventName, body))
    return { ...base, ...said, ...(isEmpty(said) ? { captured: false } : {}) }
  }
  const messages = messagesFromBody(item.eventName, body)
  const { input, ...given } = givenFrom(messages)
  const turn = messages.some(m => m.role === 'assistant') ? 'assistant' : 'other'
  const isSaid = messages.some(m => m.text !== undefined || m.calls.length + m.results.length + m.files.length > 0)
  return { ...base, given: { ...given, ...present({ input }), turn }, ...(isSaid ? {} : { captured: false }) }
}

const isEmpty = ({ text, reasoning, calls, files }: Said): boolean =>
  text === undefined && reasoning === undefined && calls === undefined && files === undefined

// Python's handlers write the body as JSON text, others as a map; without one the attributes tell it.
const logBodyOf = ({ body, attributes }: LogItem): JsonObject => {
  const said = parsedFromValue(body)
  if (isObject(said)) return said
  const told = Object.fromEntries([...attributes].map(([key, value]) => [key, jsonFromValue(value)]))
  return isArray(said) || (typeof said === 'string' && member(told, 'content') === undefined && !told['event.name'])
    ? { ...told, content: said }
    : { ...told, ...(typeof said === 'string' && said !== told['event.name'] ? { content: said } : {}) }
}
