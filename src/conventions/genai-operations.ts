import type { Attributes } from '../model/fact.ts'
import type { Role } from './reading.ts'
import { entry, stringAt } from './value.ts'

const roles: Readonly<Record<string, Role>> = {
  chat: 'model',
  generate_content: 'model',
  text_completion: 'model',
  fetch_response: 'model',
  // Semantic Kernel before 1.30.
  'chat.completions': 'model',
  'text.completions': 'model',
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'agent',
  plan: 'plan',
}

/**
 * What `gen_ai.operation.name` makes of a span; undefined for structure (`create_agent`, `embeddings`, `agent_step` …), for
 * what an agent does beside its calls (memory, retrieval), and for operations of nobody.
 */
export const roleOf = (attributes: Attributes): Role | undefined => entry(roles, stringAt(attributes, 'gen_ai.operation.name'))
