import type { SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { toolMessageIn, toolMessageOutput } from './langchain-message.ts'
import { outputFrom } from './message-parts.ts'
import { handoffFrom } from './openai-agents.ts'
import type { Said } from './reading.ts'
import { callFacts } from './said.ts'
import { isArray, isObject, member, parsedFromValue, stringAt, textFrom } from './value.ts'

/** What a TOOL span says of its call: what went in and out, freed of the framework's envelope. */
export const toolSaid = (item: SpanItem): Said => {
  const { attributes } = item
  const sent = parsedFromValue(attributes.get('output.value'))
  const handoff = handoffFrom(item, sent)
  if (handoff !== undefined) return { call: handoff }
  const llama = llamaOutput(sent)
  const message = toolMessageIn(sent)
  const output = llama?.output ?? (message === undefined ? sent : toolMessageOutput(message))
  const args = argumentsFrom(parsedFromValue(attributes.get('input.value')))
  const isText = typeof args === 'string'
  const id = stringAt(attributes, 'tool_call.id', 'tool.id') ?? textFrom(message?.['tool_call_id'])
  const call = callFacts(
    stringAt(attributes, 'tool.name') ?? item.name,
    id,
    isText || args === null ? undefined : args,
    attributes.has('output.value') ? output : undefined,
  )
  const isCaptured = attributes.has('input.value') || attributes.has('output.value')
  return {
    call: {
      ...call,
      ...(isText && args !== '' ? { outline: { input: args } } : {}),
      ...(message?.['status'] === 'error' || llama?.isError ? { isError: true } : {}),
    },
    ...(isCaptured ? {} : { captured: false as const }),
  }
}

// LlamaIndex: {blocks, tool_name, raw_input, raw_output, is_error}.
const llamaOutput = (sent: Json): { readonly output: Json; readonly isError: boolean } | undefined => {
  const [blocks, raw] = [member(sent, 'blocks'), member(sent, 'raw_output')]
  if (!isArray(blocks) || raw === undefined) return undefined
  return { output: raw ?? outputFrom(blocks), isError: member(sent, 'is_error') === true }
}

// What Python has no JSON for: <workflows.context.context.Context object at 0x7f9d1d887800>.
const object = /^<[\w.]+ object at 0x[\da-f]+>$/

// smolagents and other Python functions: {"args": [], "kwargs": {…}, "sanitize_inputs_outputs": …}; LlamaIndex: {"kwargs": {…}}.
const argumentsFrom = (input: Json): Json => {
  const [args, kwargs] = [member(input, 'args'), member(input, 'kwargs')]
  if (isObject(kwargs) && isObject(input) && Object.keys(input).length === 1)
    return Object.fromEntries(Object.entries(kwargs).filter(([, value]) => typeof value !== 'string' || !object.test(value)))
  if (!isArray(args) || !isObject(kwargs)) return input
  if (args.length === 0) return kwargs
  return Object.keys(kwargs).length === 0 && args.length === 1 ? (args[0] ?? null) : { ...kwargs, args }
}
