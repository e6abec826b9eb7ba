import type { SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import type { CallFacts, ErrorFacts } from './reading.ts'
import { callFacts } from './said.ts'
import { member, textFrom } from './value.ts'

/** Whether a span is one of the OpenAI Agents SDK, whoever tells it. */
export const isOfOpenAiAgents = ({ origin }: SpanItem): boolean => /openai[-_.]agents/.test(origin.scope.name)

/** The call by which one agent hands over to another, called as the SDK calls its tool. Undefined for other tools. */
export const handoffFrom = (item: SpanItem, output: Json): CallFacts | undefined => {
  const to = textFrom(member(output, 'to_agent')) ?? (isOfOpenAiAgents(item) ? /^handoff to (.+)$/s.exec(item.name)?.[1] : undefined)
  if (to === undefined || !item.name.startsWith('handoff')) return undefined
  return handoffTo(to, item.attributes.has('output.value') ? output : undefined)
}

/** The call by which an agent hands over to the one named. */
export const handoffTo = (agent: string, output: Json | undefined): CallFacts =>
  callFacts(`transfer_to_${agent.replace(/[^\p{L}\p{N}]+/gu, '_')}`, undefined, undefined, output)

// "Error in agent run: {'error': '503'}", or all of it in Python's notation: a message, and its data.
const withData = /^[^:]+: (?:'[^']*', 'data': )?\{(?:'tool_name': .*, )?'error': (['"])(.*)\1\}\}?$/s

/** The error of a span without the sentence that Python's SDK puts around it: one error reads the same on every span it comes by. */
export const errorWithin = (item: SpanItem): ErrorFacts | undefined => {
  const within = isOfOpenAiAgents(item) && item.status.code === 2 ? withData.exec(item.status.message)?.[2] : undefined
  return within === undefined || within === '' ? undefined : { message: within }
}
