import type { Json, JsonObject } from '../model/json.ts'
import { langchainMessage } from './langchain-message.ts'
import { type Message, messagesFrom } from './messages.ts'
import { entry, isArray, isObject, member, textFrom } from './value.ts'

/**
 * The messages in a model's answer as its provider or framework wrote it: OpenAI chat and Responses, Anthropic, Gemini,
 * Bedrock Converse, LangChain, or plain text. Several are choices. Total: what has no known form says nothing.
 */
export const answersFrom = (json: Json | undefined): readonly Message[] => {
  for (const form of answerForms) {
    const found = form(json)
    if (found !== undefined) return messagesFrom(found, 'assistant')
  }
  return []
}

type Form = (json: Json | undefined) => Json | undefined

const openAiChat: Form = json => {
  const choices = member(json, 'choices')
  if (!isArray(choices) || !choices.some(choice => isObject(member(choice, 'message')) || typeof member(choice, 'text') === 'string'))
    return undefined
  return choices.map(choice => (isObject(member(choice, 'message')) ? choice : textMessage(member(choice, 'text'))))
}

const textMessage = (text: Json | undefined): JsonObject => ({ role: 'assistant', content: text ?? null })

// One answer in several items: what was thought, said and asked for.
const openAiResponses = (json: Json | undefined): readonly JsonObject[] | undefined => {
  const output = member(json, 'output')
  return isArray(output) && output.length > 0 && output.every(item => typeof member(item, 'type') === 'string')
    ? [{ role: 'assistant', content: responseParts(output) }]
    : undefined
}

/** The items of an OpenAI Responses answer or input as parts of one message. */
const responseParts = (items: readonly Json[]): readonly Json[] =>
  items.flatMap(item => {
    const content = member(item, 'content')
    return member(item, 'type') === 'message' ? (isArray(content) ? content : [content ?? null]) : [item]
  })

const gemini: Form = json => {
  const candidates = member(json, 'candidates')
  if (!isArray(candidates) || candidates.length === 0) return undefined
  return candidates.map(candidate => ({ role: 'assistant', ...(isObject(candidate) ? candidate : {}) }))
}

const bedrock: Form = json => {
  const message = member(member(json, 'output'), 'message')
  return isObject(message) ? [{ ...message, finish_reason: member(json, 'stopReason') ?? null }] : undefined
}

const langchainResult: Form = json => {
  const generations = member(json, 'generations')
  const first = isArray(generations) ? generations[0] : undefined
  const choices = isArray(first) ? first : isArray(generations) ? generations : undefined
  return choices?.map(choice => langchainMessage(member(choice, 'message')) ?? textMessage(member(choice, 'text')))
}

const langchain: Form = json => {
  const one = langchainMessage(json) ?? langchainMessage(member(json, 'output'))
  if (one !== undefined) return [one]
  const messages = member(json, 'messages') ?? member(member(json, 'output'), 'messages')
  const said = isArray(messages) ? messages.map(message => langchainMessage(message) ?? message).at(-1) : undefined
  return said === undefined || member(said, 'role') !== 'assistant' ? undefined : [said]
}

// Anthropic's answer is a message; so are those of frameworks that speak in chat messages.
const message: Form = json => {
  const inner = isObject(member(json, 'message')) ? member(json, 'message') : json
  const isOne =
    ['assistant', 'model', 'ai'].includes(String(member(inner, 'role'))) || (isArray(member(inner, 'content')) && isObject(inner))
  return isOne && isObject(inner) ? [{ role: 'assistant', ...inner }] : undefined
}

const plain: Form = json => (typeof json === 'string' && json !== '' ? json : undefined)

const list: Form = json =>
  isArray(json) && json.length > 0 && json.every(isObject)
    ? json.flatMap(one => openAiResponses(one) ?? [langchainMessage(one) ?? one])
    : undefined

const nested: Form = json => {
  const inner = member(json, 'output') ?? member(json, 'response') ?? member(json, 'result')
  return typeof inner === 'string' && inner !== '' ? inner : undefined
}

const answerForms: readonly Form[] = [
  openAiChat,
  openAiResponses,
  gemini,
  bedrock,
  langchainResult,
  langchain,
  message,
  list,
  nested,
  plain,
]

/** The messages a model was given, as its provider or framework wrote the request. */
export const questionsFrom = (json: Json | undefined): readonly Message[] => {
  if (typeof json === 'string') return messagesFrom(json, 'user')
  const given = requestMessages(json)
  return given === undefined ? [] : messagesFrom(given, 'user')
}

const requestMessages = (json: Json | undefined): readonly Json[] | undefined => {
  const listed = isArray(json)
    ? json
    : (['messages', 'input', 'contents', 'prompt'].map(key => member(json, key)).find(value => value !== undefined) ?? json)
  if (typeof listed === 'string') return [{ role: 'user', content: listed }]
  if (!isArray(listed)) return undefined
  // LangChain batches: a list of lists of messages.
  const [first] = listed
  const flat = listed.length === 1 && isArray(first) && pairMessage(first) === undefined ? first : listed
  return responseTurns(flat.map(one => langchainMessage(one) ?? pairMessage(one) ?? one))
}

const pairRoles: Readonly<Record<string, string>> = {
  human: 'user',
  user: 'user',
  ai: 'assistant',
  assistant: 'assistant',
  system: 'system',
}

// LangChain's short form of a message: [role, text].
const pairMessage = (json: Json): JsonObject | undefined => {
  if (!isArray(json) || json.length !== 2) return undefined
  const [role, content] = [entry(pairRoles, textFrom(json[0])), textFrom(json[1])]
  return role === undefined || content === undefined ? undefined : { role, content }
}

const itemRoles: Readonly<Record<string, string>> = {
  function_call: 'assistant',
  reasoning: 'assistant',
  function_call_output: 'tool',
  function_call_result: 'tool',
}

// OpenAI Responses puts calls, results and reasoning beside the messages.
const responseTurns = (items: readonly Json[]): readonly Json[] =>
  items.map(item => {
    const type = textFrom(member(item, 'type')) ?? ''
    const role = Object.hasOwn(itemRoles, type) ? itemRoles[type] : undefined
    if (role === undefined || member(item, 'role') !== undefined || !isObject(item)) return item
    const part = type === 'function_call_result' ? { ...item, type: 'function_call_output' } : item
    return { role, content: [part] }
  })
