import type { Attributes } from '../model/fact.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { outputFrom } from './message-parts.ts'
import type { CallFacts, Said } from './reading.ts'
import { callFacts } from './said.ts'
import { isArray, parsedFromValue, stringAt } from './value.ts'

const multiAgent: ReadonlySet<string> = new Set(['invoke_swarm', 'invoke_graph'])
const STATUS = 'gen_ai.tool.status'
const RESULT = 'gen_ai.tool.call.result'
const CANCELLATION = 'strands.cancellation.type'

/** Strands Agents, beside the GenAI conventions it speaks: groups of agents, how a tool or an agent ended. Its loop cycles are structure. */
export const strands: Convention = {
  name: 'strands',
  speaks: ({ attributes }) =>
    attributes.has(STATUS) ||
    attributes.has(CANCELLATION) ||
    attributes.has('gen_ai.event.start_time') ||
    multiAgent.has(stringAt(attributes, 'gen_ai.operation.name') ?? ''),
  read: ({ attributes }) => ({
    said: saidOf(attributes),
    consumed: [STATUS, CANCELLATION, 'gen_ai.event.start_time', 'gen_ai.event.end_time'],
  }),
}

const saidOf = (attributes: Attributes): Said => {
  const operation = stringAt(attributes, 'gen_ai.operation.name') ?? ''
  if (multiAgent.has(operation)) return { role: 'agent', agent: agentFrom(undefined, operation.replace('invoke_', '')) ?? {} }
  if (attributes.has(CANCELLATION)) return { cancelled: true }
  return attributes.has(STATUS) ? { call: { ...resultOf(attributes), ...statusOf(attributes) } } : {}
}

// The status is told: what the text looks like proves nothing more.
const statusOf = (attributes: Attributes): Partial<CallFacts> =>
  stringAt(attributes, STATUS) === 'error' ? { isError: true, errorInferred: false } : {}

// Content blocks of a Bedrock message, whatever the tool returned.
const resultOf = (attributes: Attributes): Partial<CallFacts> => {
  const blocks = parsedFromValue(attributes.get(RESULT))
  if (!isArray(blocks)) return {}
  const { name: _, ...said } = callFacts(stringAt(attributes, 'gen_ai.tool.name') ?? '', undefined, undefined, outputFrom(blocks))
  return said
}
