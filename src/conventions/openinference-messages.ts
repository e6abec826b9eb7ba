import type { Attributes, Value } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { type Indexed, indexedBelow, inOrder, treeAt, valueAt } from './indexed.ts'
import { joined, type Message, messagesFrom } from './messages.ts'
import type { CallPart } from './reading.ts'
import { jsonFromValue, member, textFrom } from './value.ts'

/** The messages of `llm.input_messages.N.message.…` or `llm.output_messages.N.message.…`, in the order of their numbers. */
export const indexedMessagesAt = (attributes: Attributes, prefix: string, role: string): readonly Message[] =>
  messagesFrom(
    inOrder(indexedBelow(attributes, prefix)).flatMap(one => {
      const message = treeAt(one, 'message')
      return message === undefined ? [] : [messageJson(message, role)]
    }),
    role,
  )

const text = (value: Value | undefined): Json | undefined => (value === undefined || value === '' ? undefined : jsonFromValue(value))

const messageJson = (message: Indexed, fallback: string): Json => {
  const parts = inOrder(treeAt(message, 'contents')).map(partJson)
  const content = text(valueAt(message, 'content'))
  const calls = inOrder(treeAt(message, 'tool_calls')).map(callJson)
  return defined({
    role: text(valueAt(message, 'role')) ?? fallback,
    content: parts.length === 0 ? content : [...(isTold(content, parts) ? [] : [{ type: 'text', text: content }]), ...parts],
    tool_calls: calls.length === 0 ? undefined : calls,
    tool_call_id: text(valueAt(message, 'tool_call_id')),
    name: text(valueAt(message, 'name')),
    finish_reason: text(valueAt(message, 'finish_reason')),
  })
}

// Answers of the Responses API come in both forms at once: their text in `content`, and in `contents` again.
const isTold = (content: Json | undefined, parts: readonly JsonObject[]): content is undefined =>
  content === undefined || parts.flatMap(part => (part['type'] === 'text' ? (part['text'] ?? []) : [])).join('\n') === content

const callJson = (one: Indexed): Json => {
  const call = treeAt(one, 'tool_call')
  const fn = treeAt(call, 'function')
  return defined({
    id: text(valueAt(call, 'id')),
    function: defined({ name: text(valueAt(fn, 'name')), arguments: text(valueAt(fn, 'arguments')) }),
  })
}

const partJson = (one: Indexed): JsonObject => {
  const part = treeAt(one, 'message_content')
  const url =
    text(valueAt(part, 'image', 'image', 'url')) ?? text(valueAt(part, 'audio', 'url')) ?? text(valueAt(part, 'audio', 'audio', 'url'))
  return defined({
    type: text(valueAt(part, 'type')) ?? 'text',
    text: text(valueAt(part, 'text')),
    id: text(valueAt(part, 'id')),
    url,
    mime_type: text(valueAt(part, 'audio', 'mime_type')) ?? text(valueAt(part, 'audio', 'audio', 'mime_type')),
    name: text(valueAt(part, 'name')),
    input: text(valueAt(part, 'input')),
  })
}

const defined = (json: Readonly<Record<string, Json | undefined>>): JsonObject => {
  const kept: Record<string, Json> = {}
  for (const [key, value] of Object.entries(json)) if (value !== undefined) kept[key] = value
  return kept
}

/**
 * One answer from two tellings: flattened messages (their texts and calls are whole, but reasoning and call ids may be missing) and
 * the provider's own answer. Several flattened messages are the items of one answer unless the provider's has several choices.
 */
export const answerFrom = (flat: readonly Message[], raw: readonly Message[]): readonly Message[] => {
  if (flat.length === 0) return raw
  const choices = raw.length > 1 && flat.length === raw.length ? flat : [joined(flat)]
  return choices.map((choice, n) => completed(choice, raw[n]))
}

// smolagents: what was thought is flattened as if it had been said; the answer beside it, in Python's notation, tells which is which.
const withoutThought = (flat: Message, raw: Message): Message => {
  const notation = textFrom(member(raw.raw, 'raw'))
  if (flat.text === undefined || notation === undefined || !/reasoning_content=['"]/.test(notation)) return flat
  const { text, ...others } = flat
  if (raw.text === undefined) return { ...others, reasoning: text }
  return text.startsWith(`${raw.text}\n`) ? { ...others, text: raw.text, reasoning: text.slice(raw.text.length + 1) } : flat
}

const completed = (told: Message, raw: Message | undefined): Message => {
  if (raw === undefined) return told
  const flat = withoutThought(told, raw)
  const reasoning = flat.reasoning ?? raw.reasoning
  const text = flat.text ?? raw.text
  const finish = flat.finish ?? raw.finish
  return {
    ...flat,
    ...(text === undefined ? {} : { text }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(finish === undefined ? {} : { finish }),
    calls: flat.calls.length === 0 ? raw.calls : flat.calls.map((call, n) => identified(call, raw.calls[n])),
    results: flat.results.length === 0 ? raw.results : flat.results,
    files: flat.files.length === 0 ? raw.files : flat.files,
  }
}

const identified = (call: CallPart, other: CallPart | undefined): CallPart =>
  call.id === undefined && other?.id !== undefined && other.name === call.name ? { ...call, id: other.id } : call
