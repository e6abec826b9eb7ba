import type { Json, JsonObject } from '../model/json.ts'
import { normalFinish } from './genai-usage.ts'
import { callPart, gathered, idFrom, isBarePart, outputFrom } from './message-parts.ts'
import type { CallPart, FilePart, Given, ResultPart } from './reading.ts'
import { errorInResult } from './result-error.ts'
import { isArray, isObject, member, present, readableFrom, textFrom } from './value.ts'

/** One chat message, whatever vocabulary wrote it. */
export type Message = {
  readonly role: string
  readonly text?: string
  readonly reasoning?: string
  readonly calls: readonly CallPart[]
  readonly results: readonly ResultPart[]
  readonly files: readonly FilePart[]
  readonly finish?: string
  /** It says something that was not captured. */
  readonly withheld?: true
  /** The message as it was sent. */
  readonly raw: Json
}

/** The messages of a parsed list (or of one message); text that is no list of messages is one message of the role given. */
export const messagesFrom = (json: Json | undefined, role: string): readonly Message[] => {
  if (json === undefined || json === null) return []
  if (typeof json === 'string') return json === '' ? [] : [{ ...nothing, role, text: json, raw: json }]
  const list = isArray(json) ? json : (listed(member(json, 'messages')) ?? [json])
  // A list of parts without a message around them: system instructions, one turn's content.
  if (list.length > 0 && list.every(isBarePart)) return [messageFromParts({ role, raw: list }, list)]
  return list.map(message => messageFrom(message, role))
}

const listed = (json: Json | undefined): readonly Json[] | undefined => (isArray(json) ? json : undefined)

const nothing = { calls: [], results: [], files: [] } as const

const messageFrom = (json: Json, fallback: string): Message => {
  if (!isObject(json)) return { ...nothing, role: fallback, ...present({ text: readableFrom(json) }), raw: json }
  const inner = contentOf(isObject(json['message']) ? json['message'] : json)
  const role = textFrom(inner['role']) ?? textFrom(json['role']) ?? fallback
  const parts = listed(inner['parts']) ?? listed(inner['content']) ?? contentParts(inner['content'])
  const message = messageFromParts({ role, raw: json }, parts)
  const finish = normalFinish(
    ['finish_reason', 'finishReason', 'stop_reason'].map(key => textFrom(json[key]) ?? textFrom(inner[key])).find(Boolean),
  )
  return withOpenAiFields({ ...message, ...present({ finish }) }, inner)
}

// Gemini puts a whole message into the content of its answer.
const contentOf = (json: JsonObject): JsonObject => {
  const content = json['content']
  return isObject(content) && isArray(content['parts']) ? content : json
}

const contentParts = (content: Json | undefined): readonly Json[] =>
  content === undefined || content === null || content === '' ? [] : isObject(content) ? [content] : [{ type: 'text', content }]

// OpenAI's chat form keeps calls and the result's id beside the content.
const withOpenAiFields = (message: Message, json: JsonObject): Message => {
  // LangChain tells calls of the Responses API and of Anthropic twice: as parts of the content, and beside it.
  const told = new Set(message.calls.flatMap(call => call.id ?? []))
  const beside = (listed(json['tool_calls']) ?? []).flatMap(callFromOpenAi)
  const calls = [...message.calls, ...beside.filter(call => call.id === undefined || !told.has(call.id))]
  const reasoning = message.reasoning ?? textFrom(json['reasoning_content']) ?? textFrom(json['reasoning'])
  const isTold = json['content'] !== undefined || json['parts'] !== undefined
  const isResult = isTold && (message.role === 'tool' || message.role === 'function') && message.results.length === 0
  const output = outputFrom(json['content'] ?? json['parts'] ?? null)
  const result: ResultPart = {
    ...present({ callId: idFrom(json['tool_call_id'] ?? json['id']), name: textFrom(json['name']) }),
    ...errorInResult(output),
    output,
  }
  return { ...message, ...present({ reasoning }), calls, results: isResult ? [result] : message.results }
}

const callFromOpenAi = (json: Json): readonly CallPart[] => {
  const fn = member(json, 'function')
  const name = textFrom(member(fn, 'name')) ?? textFrom(member(json, 'name'))
  return name === undefined
    ? []
    : [callPart(name, idFrom(member(json, 'id')), member(fn, 'arguments') ?? member(json, 'arguments') ?? member(json, 'args'))]
}

/**
 * What is new in the input of a model call: what follows its last assistant message. Everything before was told by
 * earlier calls, except reasoning that only the replayed assistant turn carries.
 */
export const givenFrom = (messages: readonly Message[]): Given => {
  const last = messages.findLastIndex(m => m.role === 'assistant' || m.role === 'model' || m.role === 'ai')
  const tail = messages.slice(last + 1)
  const asked = tail.filter(
    m => m.role !== 'system' && m.role !== 'developer' && m.results.length === 0 && (m.text !== undefined || m.files.length > 0),
  )
  return {
    results: tail.flatMap(m => m.results),
    files: asked.flatMap(m => m.files),
    ...present({
      input: asked.length === 0 ? undefined : taskFrom(asked.map(m => m.raw)),
      reasoning: messages[last]?.reasoning,
    }),
  }
}

/** The items of one answer, told as a message each, as the one message they are. */
export const joined = (items: readonly Message[]): Message => {
  const [first = { ...nothing, role: 'assistant', raw: null }] = items
  if (items.length < 2) return first
  const texts = items.flatMap(item => item.text ?? [])
  const reasonings = items.flatMap(item => item.reasoning ?? [])
  return {
    ...first,
    ...(texts.length === 0 ? {} : { text: texts.join('\n') }),
    ...(reasonings.length === 0 ? {} : { reasoning: reasonings.join('\n') }),
    calls: items.flatMap(item => item.calls),
    results: items.flatMap(item => item.results),
    files: items.flatMap(item => item.files),
    raw: items.map(item => item.raw),
  }
}

// A prompt that is text alone has no message around it.
const taskFrom = (raws: readonly Json[]): Json =>
  raws.length === 1 && typeof raws[0] === 'string' ? { input: raws[0] } : { messages: raws }

const messageFromParts = (base: Pick<Message, 'role' | 'raw'>, parts: readonly Json[]): Message => {
  const { texts, reasonings, calls, results, files, withheld } = gathered(parts, base.role)
  const said = present({ text: texts.join('\n') || undefined, reasoning: reasonings.join('\n') || undefined })
  return { ...base, ...said, calls, results, files, ...(withheld ? { withheld } : {}) }
}
