import type { SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { toolMessageIn, toolMessageOutput } from './langchain-message.ts'
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
  const message = toolMessageIn(sent)
  const output = message === undefined ? sent : toolMessageOutput(message)
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
      ...(message?.['status'] === 'error' ? { isError: true } : {}),
    },
    ...(isCaptured ? {} : { captured: false as const }),
  }
}

// smolagents and other Python functions: {"args": [], "kwargs": {…}, "sanitize_inputs_outputs": …}.
const argumentsFrom = (input: Json): Json => {
  const [args, kwargs] = [member(input, 'args'), member(input, 'kwargs')]
  if (!isArray(args) || !isObject(kwargs)) return input
  if (args.length === 0) return kwargs
  return Object.keys(kwargs).length === 0 && args.length === 1 ? (args[0] ?? null) : { ...kwargs, args }
}
