import type { Attributes, SpanItem } from '../model/fact.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { messagesFromBody } from './genai-events.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import type { Said } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { countAt, filled, isArray, isObject, parsedFromValue, present, readableFrom, stringAt, textFrom } from './value.ts'

const rootKeys = ['pydantic_ai.all_messages', 'all_messages_events', 'final_result'] as const

/**
 * Pydantic AI, formats 1–6. Format 1 tells messages as a JSON list of events (`events`, `all_messages_events`), later ones as
 * GenAI messages; up to format 2 agent and tool spans have no operation and the tool's content has names of its own.
 */
export const pydanticAi: Convention = {
  name: 'pydantic-ai',
  speaks: item => item.kind === 'span' && (item.origin.scope.name === 'pydantic-ai' || rootKeys.some(key => item.attributes.has(key))),
  read: item => ({
    said: item.kind === 'span' ? saidOf(item) : {},
    consumed: [
      ...rootKeys,
      'events',
      'agent_name',
      'tool_arguments',
      'tool_response',
      'metadata',
      'pydantic_ai.new_message_index',
      ...usageKeys,
    ],
  }),
}

const usageKeys = ['gen_ai.aggregated_usage.input_tokens', 'gen_ai.aggregated_usage.output_tokens'] as const

const saidOf = (item: SpanItem): Said => {
  const { attributes, name } = item
  if (attributes.has('gen_ai.tool.name') || name.startsWith('running tool:')) return toolSaid(attributes, name)
  if (isAgent(item)) return agentSaid(attributes)
  if (!attributes.has('events')) return {}
  const told = eventsOf(attributes, 'events')
  const isOutput = (message: Message): boolean => outputsOf.has(message)
  return { role: 'model', ...saidByOutput(told.filter(isOutput)), given: givenFrom(told.filter(m => !isOutput(m))) }
}

const isAgent = ({ attributes, name }: SpanItem): boolean =>
  rootKeys.some(key => attributes.has(key)) || name === 'agent run' || (name.endsWith(' run') && attributes.has('agent_name'))

// Which messages of a list of events were choices: the model's own output.
const outputsOf = new WeakSet<Message>()

const eventsOf = (attributes: Attributes, key: string): readonly Message[] => {
  const events = parsedFromValue(attributes.get(key))
  return (isArray(events) ? events : []).filter(isObject).flatMap(event => {
    const name = textFrom(event['event.name']) ?? ''
    const messages = messagesFromBody(name, event)
    if (name === 'gen_ai.choice') for (const message of messages) outputsOf.add(message)
    return messages
  })
}

const agentSaid = (attributes: Attributes): Said => {
  const metadata = parsedFromValue(attributes.get('metadata'))
  const run = present({ metadata: isObject(metadata) ? metadata : undefined, output: finalResult(attributes) })
  const usage = present({
    inputTokens: countAt(attributes, usageKeys[0]),
    outputTokens: countAt(attributes, usageKeys[1]),
  })
  return {
    role: 'agent',
    ...saidByAgent(untilAnswered(messagesOf(attributes)), [], run),
    ...present({
      agent: agentFrom(undefined, stringAt(attributes, 'gen_ai.agent.name', 'agent_name')),
      usage: filled(usage),
    }),
  }
}

const finalResult = (attributes: Attributes): string | undefined =>
  attributes.has('final_result') ? readableFrom(parsedFromValue(attributes.get('final_result'))) : undefined

// The whole history: this run begins at the index of its first new message, or with the first. Old versions tell no index: of several
// turns it is not known which is the run's, but its first model call was given it.
const messagesOf = (attributes: Attributes): readonly Message[] => {
  const all = attributes.has('pydantic_ai.all_messages')
    ? messagesFrom(parsedFromValue(attributes.get('pydantic_ai.all_messages')), 'user')
    : eventsOf(attributes, 'all_messages_events')
  const begin = countAt(attributes, 'pydantic_ai.new_message_index')
  return begin === undefined && hasTurns(all) ? [] : all.slice(begin ?? 0)
}

const hasTurns = (messages: readonly Message[]): boolean => {
  const answered = messages.findIndex(m => m.role === 'assistant')
  const asks = ({ role, text, results }: Message): boolean => role === 'user' && text !== undefined && results.length === 0
  return answered !== -1 && messages.slice(answered).some(asks)
}

const untilAnswered = (messages: readonly Message[]): readonly Message[] => {
  const first = messages.findIndex(m => m.role === 'assistant')
  return first === -1 ? messages : messages.slice(0, first)
}

const toolContentKeys = ['tool_arguments', 'tool_response', 'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result'] as const

const toolSaid = (attributes: Attributes, name: string): Said => {
  const value = (key: string) => (attributes.has(key) ? parsedFromValue(attributes.get(key)) : undefined)
  const tool = stringAt(attributes, 'gen_ai.tool.name') ?? name.replace('running tool:', '').trim()
  const call = callFacts(tool, stringAt(attributes, 'gen_ai.tool.call.id'), value('tool_arguments'), value('tool_response'))
  const isUntold = !toolContentKeys.some(key => attributes.has(key))
  return { role: 'tool', call, ...(isUntold ? { captured: false } : {}) }
}
