import type { SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import type { CallFacts, ErrorFacts } from './reading.ts'
import { callFacts } from './said.ts'
import { member, textFrom } from './value.ts'

/** Whether a span is one of the OpenAI Agents SDK, as OpenInference's processors for JS and Python tell it. */
export const isOfOpenAiAgents = ({ origin }: SpanItem): boolean => /openai[-_.]agents/.test(origin.scope.name)

/** The call by which one agent hands over to another, called as the SDK calls its tool. Undefined for other tools. */
export const handoffFrom = (item: SpanItem, output: Json): CallFacts | undefined => {
  const to = textFrom(member(output, 'to_agent')) ?? (isOfOpenAiAgents(item) ? /^handoff to (.+)$/s.exec(item.name)?.[1] : undefined)
  if (to === undefined || !item.name.startsWith('handoff')) return undefined
  const sent = item.attributes.has('output.value') ? output : undefined
  return callFacts(`transfer_to_${to.replace(/[^\p{L}\p{N}]+/gu, '_')}`, undefined, undefined, sent)
}

// "Error in agent run: {'error': '503'}": a message, and its data in Python's notation.
const withData = /^[^:]+: \{(?:'tool_name': .*, )?'error': (['"])(.*)\1\}$/s

/** The error of a span without the sentence that Python's SDK puts around it: one error reads the same on every span it comes by. */
export const errorWithin = (item: SpanItem): ErrorFacts | undefined => {
  const within = isOfOpenAiAgents(item) && item.status.code === 2 ? withData.exec(item.status.message)?.[2] : undefined
  return within === undefined || within === '' ? undefined : { message: within }
}
