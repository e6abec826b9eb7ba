import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Convention } from './convention.ts'
import { crewFrom } from './crewai.ts'
import { toolMessageIn, toolMessageOutput } from './langchain-message.ts'
import { graphMetadata, graphRole } from './langgraph.ts'
import { joined, messagesFrom } from './messages.ts'
import { errorWithin, handoffTo } from './openai-agents.ts'
import type { Said } from './reading.ts'
import { callFacts, saidByOutput } from './said.ts'
import { member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const scopes = /^opentelemetry\.instrumentation\.(langchain|openai_agents|crewai)\b/

/**
 * Frameworks as the Python packages `opentelemetry-instrumentation-{langchain,openai-agents,crewai}` of OpenLLMetry tell them, and
 * OpenTelemetry's own for OpenAI Agents: where what they put into GenAI attributes is not what those are for.
 */
export const openllmetry: Convention = {
  name: 'openllmetry',
  speaks: ({ kind, origin }: Item) => kind === 'span' && scopes.test(origin.scope.name),
  read: item => ({ said: item.kind === 'span' ? saidOf(item) : {}, consumed }),
}

const consumed = ['gen_ai.handoff.to_agent', 'gen_ai.handoff.from_agent', 'crewai.crew.name'] as const

const saidOf = (item: SpanItem): Said => {
  const library = scopes.exec(item.origin.scope.name)?.[1]
  return library === 'langchain' ? ofLangchain(item) : library === 'crewai' ? ofCrew(item) : ofAgents(item)
}

// Whole callbacks as arguments and result; a graph is the task of its name.
const ofLangchain = ({ attributes }: SpanItem): Said => {
  if (stringAt(attributes, 'traceloop.span.kind') !== 'tool') {
    const name = stringAt(attributes, 'traceloop.entity.name') ?? ''
    return graphRole(name, graphMetadata(attributes, 'traceloop.association.properties'), true) === 'graph'
      ? { role: 'agent', agent: { name } }
      : {}
  }
  const input = contentAt(attributes, 'gen_ai.tool.call.arguments', 'traceloop.entity.input')
  const sent = contentAt(attributes, 'gen_ai.tool.call.result', 'traceloop.entity.output')
  const message = toolMessageIn(sent)
  const id = textFrom(message?.['tool_call_id']) ?? textFrom(member(member(input, 'kwargs'), 'tool_call_id'))
  const name = stringAt(attributes, 'gen_ai.tool.name', 'traceloop.entity.name') ?? ''
  const call = callFacts(name, id, member(input, 'inputs'), message === undefined ? member(sent, 'output') : toolMessageOutput(message))
  return { call: { ...call, ...(message?.['status'] === 'error' ? { isError: true } : {}) } }
}

const contentAt = (attributes: Attributes, ...keys: readonly string[]) =>
  parsedFromValue(keys.map(key => attributes.get(key)).find(value => value !== undefined))

// A task is what one of a crew's agents was given.
const ofCrew = ({ attributes, name }: SpanItem): Said => {
  if (name === 'crewai.workflow') return { role: 'agent', ...present({ agent: crewFrom(stringAt(attributes, 'crewai.crew.name')) }) }
  return stringAt(attributes, 'traceloop.span.kind') === 'task' ? { role: 'other' } : {}
}

const ofAgents = (item: SpanItem): Said => {
  const { attributes } = item
  const to = stringAt(attributes, 'gen_ai.handoff.to_agent')
  const error = errorWithin(item)
  if (to !== undefined) return { role: 'tool', call: handoffTo(to, to), ...present({ error }) }
  // A trace is told as an agent without a name.
  const isTrace = stringAt(attributes, 'gen_ai.operation.name') === 'invoke_agent' && !attributes.has('gen_ai.agent.name')
  return present({ error, agent: isTrace ? ({ name: item.name, wraps: true } as const) : undefined, ...answerOf(attributes) })
}

// The items of one answer are told as if they were choices.
const answerOf = (attributes: Attributes): Said => {
  const items = messagesFrom(parsedFromValue(attributes.get('gen_ai.output.messages')), 'assistant')
  const isModel = stringAt(attributes, 'gen_ai.operation.name') === 'chat' && items.length > 1
  return isModel ? saidByOutput([joined(items)]) : {}
}
