import type { Json, JsonObject } from '../model/json.ts'
import { isArray, isObject, member, parsedFromText, textFrom } from './value.ts'

const roles: readonly (readonly [RegExp, string])[] = [
  [/^(Human|user)/i, 'user'],
  [/^(AI|assistant)/i, 'assistant'],
  [/^(System|developer)/i, 'system'],
  [/^(Tool|Function)/i, 'tool'],
]

const kindOf = (json: JsonObject): string | undefined => {
  const id = json['id']
  if (json['lc'] !== undefined && isArray(id)) return textFrom(id.at(-1))
  return textFrom(json['type'])
}

/** The fields of a LangChain message, whichever way it was written: constructor (`lc`, `kwargs`), `{type, data}`, or flat. */
const fieldsOf = (json: JsonObject): JsonObject | undefined => {
  const kwargs = json['kwargs']
  if (json['lc'] !== undefined && isObject(kwargs)) return kwargs
  const data = json['data']
  if (isObject(data) && Object.hasOwn(data, 'content')) return data
  return isFlat(json) ? json : undefined
}

const flatTypes = ['human', 'ai', 'AIMessageChunk', 'HumanMessageChunk', 'system', 'tool', 'function']

const isFlat = (json: JsonObject): boolean => flatTypes.includes(String(json['type'])) && Object.hasOwn(json, 'content')

/** A LangChain message as a chat message in the form of OpenAI, which every reader knows; undefined where it is none. */
export const langchainMessage = (json: Json | undefined): JsonObject | undefined => {
  if (!isObject(json)) return undefined
  const fields = fieldsOf(json)
  if (fields === undefined || !Object.hasOwn(fields, 'content')) return undefined
  const kind = kindOf(json) ?? ''
  const role = roles.find(([name]) => name.test(kind))?.[1] ?? textFrom(fields['role'])
  if (role === undefined) return undefined
  const extra = fields['additional_kwargs']
  const calls = filled(fields['tool_calls']) ?? filled(member(extra, 'tool_calls'))
  const reasoning = textFrom(member(extra, 'reasoning_content')) ?? summaryOf(member(extra, 'reasoning'))
  const told: Record<string, Json | undefined> = {
    role,
    content: fields['content'] ?? null,
    tool_calls: role === 'assistant' ? calls : undefined,
    reasoning_content: reasoning,
    tool_call_id: fields['tool_call_id'],
    name: role === 'tool' ? fields['name'] : undefined,
    status: fields['status'],
    finish_reason: member(fields['response_metadata'], 'finish_reason') ?? member(fields['response_metadata'], 'stop_reason'),
  }
  return Object.fromEntries(Object.entries(told).flatMap(([key, value]) => (value === undefined || value === null ? [] : [[key, value]])))
}

const filled = (json: Json | undefined): Json | undefined => (isArray(json) && json.length > 0 ? json : undefined)

const summaryOf = (json: Json | undefined): string | undefined => {
  const summary = member(json, 'summary')
  if (!isArray(summary)) return undefined
  return summary.flatMap(part => textFrom(member(part, 'text')) ?? []).join('\n') || undefined
}

/** The tool message that a tool's output is, or wraps: `{output: ToolMessage}`, a `Command` whose update holds one. */
export const toolMessageIn = (json: Json | undefined): JsonObject | undefined => {
  for (const candidate of [json, member(json, 'output'), ...commandMessages(json)]) {
    const message = langchainMessage(candidate)
    if (message?.['role'] === 'tool') return message
  }
  return undefined
}

const commandMessages = (json: Json | undefined): readonly Json[] => {
  const command = [json, member(json, 'output')].find(one => member(one, 'update') !== undefined)
  const messages = member(member(command, 'update'), 'messages')
  return isArray(messages) ? messages.toReversed() : []
}

/** What a tool message says its tool gave. */
export const toolMessageOutput = (message: JsonObject): Json => {
  const content = message['content'] ?? null
  return typeof content === 'string' ? parsedFromText(content) : content
}
