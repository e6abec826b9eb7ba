import type { Json, JsonObject } from '../model/json.ts'
import { filesFromArguments } from './files.ts'
import { planFromCall } from './plan-tools.ts'
import type { CallPart, FilePart, ResultPart } from './reading.ts'
import { errorInResult } from './result-error.ts'
import { entry, isArray, isObject, member, parsedFromText, present, readableFrom, textFrom } from './value.ts'

/** What the parts of one message come to. */
export type Gathered = {
  readonly texts: readonly string[]
  readonly reasonings: readonly string[]
  readonly calls: readonly CallPart[]
  readonly results: readonly ResultPart[]
  readonly files: readonly FilePart[]
  /** A text or a thought is told of without its content: capture is off. */
  readonly withheld: boolean
}

type Gathering = {
  readonly texts: string[]
  readonly reasonings: string[]
  readonly calls: CallPart[]
  readonly results: ResultPart[]
  readonly files: FilePart[]
  withheld: boolean
}

/** Reads parts of any known vocabulary, in their order; what no vocabulary knows is left out. `role`: whose message it is. */
export const gathered = (parts: readonly Json[], role: string): Gathered => {
  const into: Gathering = { texts: [], reasonings: [], calls: [], results: [], files: [], withheld: false }
  for (const part of parts) gather(into, part, role)
  return into
}

/** Whether a value is one part without a message around it. */
export const isBarePart = (json: Json): boolean => {
  if (!isObject(json) || json['role'] !== undefined || json['parts'] !== undefined || json['message'] !== undefined) return false
  return typeof json['type'] === 'string'
    ? json['type'] !== 'message'
    : typeof json['text'] === 'string' || keyedParts.some(([key]) => isObject(json[key]))
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

/** A result as a value: JSON text parsed, lists of text parts joined, lists of JSON parts freed of their envelope. */
export const outputFrom = (json: Json): Json => {
  if (typeof json === 'string') return parsedFromText(json)
  if (!isArray(json) || json.length === 0) return json
  const texts = json.map(textOfPart)
  if (texts.every(found => found !== undefined)) return outputFrom(texts.join('\n'))
  const values = json.map(part => member(part, 'json') ?? textOfPart(part))
  if (!json.some(part => member(part, 'json') !== undefined) || !values.every(value => value !== undefined)) return json
  return values.length === 1 ? (values[0] ?? null) : values.flatMap(value => value ?? [])
}

const textOfPart = (part: Json): string | undefined => {
  const type = member(part, 'type')
  if (type === 'image') return undefined
  return textFrom(member(part, 'text')) ?? (type === 'text' ? textFrom(member(part, 'content')) : undefined)
}

type Gather = (into: Gathering, part: JsonObject, role: string) => void

// Pydantic AI without content tells the kinds of the parts alone; of calls and results their names and ids.
// What Google ADK says instead of content.
const ELIDED = '<elided>'

const untelling: ReadonlySet<string> = new Set(['type', 'kind', 'id', 'name'])

const isWithheld = (part: JsonObject): boolean => Object.keys(part).every(key => untelling.has(key))

const text: Gather = (into, part) => {
  const found = [part['content'], part['text'], part['refusal']].map(textFrom).find(one => one !== undefined && one !== ELIDED)
  if (isWithheld(part) || part['content'] === ELIDED) into.withheld = true
  // Gemini marks a thought on its text.
  if (found !== undefined) (part['thought'] === true ? into.reasonings : into.texts).push(found)
}

const reasoning: Gather = (into, part) => {
  const told = part['content'] ?? part['text'] ?? part['thinking'] ?? part['reasoning'] ?? part['reasoningText'] ?? part['summary']
  // OpenLLMetry: a summary's parts as JSON text.
  const said = typeof told === 'string' && told.startsWith('[{') ? parsedFromText(told) : told
  const found = readableFrom(member(said, 'reasoningText') ?? said)
  if (found !== undefined && found !== '[]') into.reasonings.push(found)
  if (isWithheld(part)) into.withheld = true
}

const callId = (part: JsonObject): string | undefined =>
  ['call_id', 'tool_use_id', 'toolUseId', 'toolCallId', 'tool_call_id', 'ref', 'id'].map(key => idFrom(part[key])).find(Boolean)

const argumentsOf = (part: JsonObject): Json | undefined =>
  part['arguments'] ?? part['input'] ?? part['args'] ?? part['partialJson'] ?? undefined

const nameOf = (part: JsonObject): string | undefined => textFrom(part['name']) ?? textFrom(part['toolName']) ?? textFrom(part['tool_name'])

const call: Gather = (into, part) => {
  const name = nameOf(part)
  if (name !== undefined) into.calls.push(callPart(name, callId(part), argumentsOf(part)))
}

const result: Gather = (into, part) => {
  if (isWithheld(part)) return
  const sent = part['response'] ?? part['result'] ?? part['output'] ?? part['content'] ?? null
  const output = outputFrom(isTyped(sent) ? (sent['value'] ?? null) : sent)
  const said = part['is_error'] === true || part['isError'] === true || part['status'] === 'error' || isErrorTyped(sent)
  into.results.push({
    ...present({ callId: callId(part), name: nameOf(part) }),
    ...(said ? { isError: true } : errorInResult(isArray(sent) || typeof sent === 'string' ? output : sent)),
    output,
  })
}

// The Vercel AI SDK wraps outputs: {type: 'text' | 'json' | 'error-text', value}.
const isTyped = (json: Json): json is JsonObject => isObject(json) && typeof json['type'] === 'string' && Object.hasOwn(json, 'value')

const isErrorTyped = (json: Json): boolean => isTyped(json) && String(json['type']).startsWith('error')

const serverCall: Gather = (into, part) => {
  const inner = part['server_tool_call']
  const name = nameOf(part) ?? textFrom(member(inner, 'type'))
  if (name !== undefined) into.calls.push(callPart(name, callId(part), withoutType(inner) ?? argumentsOf(part), true))
}

const serverResult: Gather = (into, part) => {
  const inner = part['server_tool_call_response']
  const output = withoutType(inner) ?? part['content'] ?? null
  into.results.push({ ...present({ callId: callId(part), name: textFrom(member(inner, 'type')) }), output })
}

const withoutType = (json: Json | undefined): Json | undefined => {
  if (!isObject(json)) return json
  const { type: _, ...others } = json
  return others
}

const media: Gather = (into, part, role) => {
  const source = ['source', 'file', 'image_url', 'input_audio'].map(key => part[key]).find(isObject) ?? {}
  const found = (...keys: readonly string[]): string | undefined =>
    keys.map(key => textFrom(part[key]) ?? textFrom(source[key])).find(value => value !== undefined)
  const url = found('uri', 'url', 'fileUri', 'file_uri', 'image_url', 'image')
  const inline = /^data:([^;,]*)(?:;[^,]*)?,/.exec(url ?? '')
  const content = inline === null ? found('content', 'data', 'bytes', 'file_data') : url?.slice(inline[0].length)
  const mimeType = found('mime_type', 'mimeType', 'mediaType', 'media_type', 'contentType') ?? (inline?.[1] || undefined)
  into.files.push({
    role: role === 'assistant' || role === 'model' ? 'output' : 'input',
    ...present({
      path: (inline === null ? url : undefined) ?? found('file_id', 'fileId', 'filename', 'displayName'),
      mimeType,
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
  reasoningContent: reasoning,
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
  server_tool_use: serverCall,
  mcp_tool_use: serverCall,
  builtin_tool_call: serverCall,
  server_tool_call_response: serverResult,
  web_search_tool_result: serverResult,
  mcp_tool_result: serverResult,
  ...Object.fromEntries(
    [
      'blob',
      'uri',
      'file',
      'binary',
      'image',
      'image_url',
      'input_image',
      'audio',
      'input_audio',
      'input_file',
      'video',
      'document',
      'media',
    ]
      .concat(['image-url', 'audio-url', 'video-url', 'document-url'])
      .map(type => [type, media]),
  ),
}

// Bedrock, Gemini, Genkit and Strands name a part by its key: {text}, {toolUse: {…}}, {functionCall: {…}}, {media: {…}}.
const keyedParts: readonly (readonly [string, Gather])[] = [
  ['toolUse', call],
  ['functionCall', call],
  ['function_call', call],
  ['toolRequest', call],
  ['toolResult', result],
  ['functionResponse', result],
  ['function_response', result],
  ['toolResponse', result],
  ['reasoning', reasoning],
  ['reasoningContent', reasoning],
  ['inlineData', media],
  ['inline_data', media],
  ['fileData', media],
  ['file_data', media],
  ['media', media],
]

// Pydantic AI's format 1 calls a part's type its kind.
const kindOf = (part: JsonObject): string | undefined => (part['kind'] === 'thinking' || part['kind'] === 'text' ? part['kind'] : undefined)

const gather = (into: Gathering, part: Json, role: string): void => {
  if (typeof part === 'string' && part !== '') into.texts.push(part)
  if (!isObject(part)) return
  const type = textFrom(part['type']) ?? kindOf(part)
  const [key, keyed] = keyedParts.find(([name]) => isObject(part[name])) ?? []
  const inner = key === undefined ? undefined : part[key]
  if (type !== undefined) entry(partTypes, type)?.(into, part, role)
  else if (keyed !== undefined && isObject(inner)) keyed(into, inner, role)
  else if (typeof part['reasoning'] === 'string') reasoning(into, part, role)
  else text(into, part, role)
}
