import type { Json, JsonObject } from '../model/json.ts'
import { filesFromArguments } from './files.ts'
import { planFromCall } from './plan-tools.ts'
import type { CallPart, FilePart, Given, ResultPart } from './reading.ts'
import { isArray, isObject, member, parsedFromText, present, readableFrom, textFrom } from './value.ts'

/** One chat message, whatever vocabulary wrote it. */
export type Message = {
  readonly role: string
  readonly text?: string
  readonly reasoning?: string
  readonly calls: readonly CallPart[]
  readonly results: readonly ResultPart[]
  readonly files: readonly FilePart[]
  readonly finish?: string
  /** The message as it was sent. */
  readonly raw: Json
}

/** The messages of a parsed list (or of one message); text that is no list of messages is one message of the role given. */
export const messagesFrom = (json: Json | undefined, role: string): readonly Message[] => {
  if (json === undefined || json === null) return []
  if (typeof json === 'string') return json === '' ? [] : [{ ...nothing, role, text: json, raw: json }]
  const list = isArray(json) ? json : (listed(member(json, 'messages')) ?? [json])
  if (list.length > 0 && list.every(isBarePart)) return [messageFromParts({ role, raw: list }, list)]
  return list.map(message => messageFrom(message, role))
}

const listed = (json: Json | undefined): readonly Json[] | undefined => (isArray(json) ? json : undefined)

// A list of parts without a message around them (system instructions, one turn's content).
const isBarePart = (json: Json): boolean =>
  isObject(json) && typeof json['type'] === 'string' && json['role'] === undefined && json['parts'] === undefined

const nothing = { calls: [], results: [], files: [] } as const

const messageFrom = (json: Json, fallback: string): Message => {
  if (!isObject(json)) return { ...nothing, role: fallback, ...present({ text: readableFrom(json) }), raw: json }
  const inner = isObject(json['message']) ? json['message'] : json
  const role = textFrom(inner['role']) ?? textFrom(json['role']) ?? fallback
  const parts = listed(inner['parts']) ?? listed(inner['content']) ?? contentParts(inner['content'])
  const message = messageFromParts({ role, raw: json }, parts)
  const finish = textFrom(json['finish_reason']) ?? textFrom(inner['finish_reason'])
  return withOpenAiFields({ ...message, ...present({ finish }) }, inner)
}

const contentParts = (content: Json | undefined): readonly Json[] =>
  content === undefined || content === null || content === '' ? [] : isObject(content) ? [content] : [{ type: 'text', content }]

// OpenAI's chat form keeps calls and the result's id beside the content.
const withOpenAiFields = (message: Message, json: JsonObject): Message => {
  const calls = [...message.calls, ...(listed(json['tool_calls']) ?? []).flatMap(callFromOpenAi)]
  const reasoning = message.reasoning ?? textFrom(json['reasoning_content']) ?? textFrom(json['reasoning'])
  const isResult = message.role === 'tool' && message.results.length === 0
  const result: ResultPart = {
    ...present({ callId: idFrom(json['tool_call_id'] ?? json['id']), name: textFrom(json['name']) }),
    output: outputFrom(json['content'] ?? json['parts'] ?? null),
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

/** A call id without the white space some gateways put around it. */
export const idFrom = (json: Json | undefined): string | undefined => textFrom(typeof json === 'string' ? json.trim() : undefined)

/** A call asked for by a model, with what its arguments tell of plans and files. */
export const callPart = (name: string, id: string | undefined, args: Json | undefined, server?: boolean): CallPart => {
  const parsed = typeof args === 'string' ? parsedFromText(args) : args
  const plan = planFromCall(name, parsed)
  const files = filesFromArguments(name, parsed)
  return { name, ...present({ id, arguments: parsed, plan, files: files.length > 0 ? files : undefined, server }) }
}

/** A result as a value: JSON text parsed, lists of text parts joined. */
export const outputFrom = (json: Json): Json => {
  if (typeof json === 'string') return parsedFromText(json)
  if (
    isArray(json) &&
    json.length > 0 &&
    json.every(part => textFrom(member(part, 'text')) !== undefined && member(part, 'type') !== 'image')
  )
    return outputFrom(json.map(part => textFrom(member(part, 'text'))).join('\n'))
  return json
}

type Gathering = {
  readonly texts: string[]
  readonly reasonings: string[]
  readonly calls: CallPart[]
  readonly results: ResultPart[]
  readonly files: FilePart[]
}

const messageFromParts = (base: Pick<Message, 'role' | 'raw'>, parts: readonly Json[]): Message => {
  const into: Gathering = { texts: [], reasonings: [], calls: [], results: [], files: [] }
  for (const part of parts) gather(into, part, base.role)
  const { texts, reasonings, calls, results, files } = into
  return {
    ...base,
    ...present({ text: texts.join('\n') || undefined, reasoning: reasonings.join('\n') || undefined }),
    calls,
    results,
    files,
  }
}

type Gather = (into: Gathering, part: JsonObject, role: string) => void

const text: Gather = (into, part) => {
  const found = textFrom(part['content']) ?? textFrom(part['text'])
  if (found !== undefined) into.texts.push(found)
}

const reasoning: Gather = (into, part) => {
  const found = readableFrom(part['content'] ?? part['text'] ?? part['thinking'] ?? part['reasoning'] ?? part['summary'])
  if (found !== undefined && found !== '[]') into.reasonings.push(found)
}

const call: Gather = (into, part) => {
  const name = textFrom(part['name']) ?? textFrom(part['toolName']) ?? textFrom(part['tool_name'])
  const id = idFrom(part['call_id']) ?? idFrom(part['toolCallId']) ?? idFrom(part['toolUseId']) ?? idFrom(part['id'])
  if (name !== undefined) into.calls.push(callPart(name, id, part['arguments'] ?? part['input'] ?? part['args']))
}

const result: Gather = (into, part) => {
  const output = part['response'] ?? part['result'] ?? part['output'] ?? part['content'] ?? null
  const status = part['status']
  const isError = part['is_error'] === true || part['isError'] === true || status === 'error' ? true : undefined
  into.results.push({
    ...present({
      callId:
        idFrom(part['call_id']) ??
        idFrom(part['tool_use_id']) ??
        idFrom(part['toolUseId']) ??
        idFrom(part['toolCallId']) ??
        idFrom(part['id']),
      name: textFrom(part['name']) ?? textFrom(part['toolName']),
      isError,
    }),
    output: outputFrom(isTyped(output) ? (output['value'] ?? null) : output),
  })
}

// The Vercel AI SDK wraps outputs: {type: 'text' | 'json' | 'error-text', value}.
const isTyped = (json: Json): json is JsonObject => isObject(json) && typeof json['type'] === 'string' && Object.hasOwn(json, 'value')

const serverCall: Gather = (into, part) => {
  const inner = part['server_tool_call']
  const name = textFrom(part['name']) ?? textFrom(member(inner, 'type'))
  if (name !== undefined) into.calls.push(callPart(name, idFrom(part['id']), withoutType(inner), true))
}

const serverResult: Gather = (into, part) => {
  const inner = part['server_tool_call_response']
  into.results.push({
    ...present({ callId: idFrom(part['id']), name: textFrom(member(inner, 'type')) }),
    output: withoutType(inner) ?? null,
  })
}

const withoutType = (json: Json | undefined): Json | undefined => {
  if (!isObject(json)) return json
  const { type: _, ...others } = json
  return others
}

const media: Gather = (into, part, role) => {
  const content = textFrom(part['content']) ?? textFrom(part['data'])
  into.files.push({
    role: role === 'assistant' ? 'output' : 'input',
    ...present({
      path: textFrom(part['uri']) ?? textFrom(part['url']) ?? textFrom(part['file_id']) ?? textFrom(part['filename']),
      mimeType: textFrom(part['mime_type']) ?? textFrom(part['mediaType']) ?? textFrom(part['media_type']),
      sizeBytes: content === undefined ? undefined : Buffer.byteLength(content, 'base64'),
    }),
  })
}

const partTypes: Readonly<Record<string, Gather>> = {
  text,
  output_text: text,
  input_text: text,
  refusal: text,
  reasoning,
  thinking: reasoning,
  redacted_thinking: () => undefined,
  tool_call: call,
  'tool-call': call,
  tool_use: call,
  toolUse: call,
  function_call: call,
  tool_call_response: result,
  'tool-result': result,
  tool_result: result,
  toolResult: result,
  function_call_output: result,
  server_tool_call: serverCall,
  server_tool_call_response: serverResult,
  blob: media,
  uri: media,
  file: media,
}

// Bedrock and Strands name a part by its only key: {text}, {toolUse: {…}}, {toolResult: {…}}.
const keyedParts: readonly (readonly [string, Gather])[] = [
  ['toolUse', call],
  ['toolResult', result],
  ['reasoning', reasoning],
  ['reasoningContent', reasoning],
]

const gather = (into: Gathering, part: Json, role: string): void => {
  if (typeof part === 'string') into.texts.push(part)
  if (!isObject(part)) return
  const type = textFrom(part['type'])
  const [key, keyed] = keyedParts.find(([name]) => isObject(part[name])) ?? []
  const inner = key === undefined ? undefined : part[key]
  if (type !== undefined) partTypes[type]?.(into, part, role)
  else if (keyed !== undefined && isObject(inner)) keyed(into, inner, role)
  else text(into, part, role)
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
      input: asked.length === 0 ? undefined : { messages: asked.map(m => m.raw) },
      reasoning: messages[last]?.reasoning,
    }),
  }
}
