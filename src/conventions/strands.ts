import type { Attributes } from '../model/fact.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import type { Said } from './reading.ts'
import { stringAt } from './value.ts'

const multiAgent: ReadonlySet<string> = new Set(['invoke_swarm', 'invoke_graph'])

/** Strands Agents, beside the GenAI conventions it speaks: groups of agents, the status of a tool. Its loop cycles are structure. */
export const strands: Convention = {
  name: 'strands',
  speaks: ({ attributes }) =>
    attributes.has('gen_ai.tool.status') ||
    attributes.has('gen_ai.event.start_time') ||
    multiAgent.has(stringAt(attributes, 'gen_ai.operation.name') ?? ''),
  read: ({ attributes }) => ({
    said: saidOf(attributes),
    consumed: ['gen_ai.tool.status', 'gen_ai.event.start_time', 'gen_ai.event.end_time'],
  }),
}

const saidOf = (attributes: Attributes): Said => {
  const operation = stringAt(attributes, 'gen_ai.operation.name') ?? ''
  if (multiAgent.has(operation)) return { role: 'agent', agent: agentFrom(undefined, operation.replace('invoke_', '')) ?? {} }
  return stringAt(attributes, 'gen_ai.tool.status') === 'error' ? { call: { isError: true } } : {}
}
