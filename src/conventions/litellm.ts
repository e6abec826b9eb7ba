import type { Convention } from './convention.ts'
import type { Role } from './reading.ts'
import { entry, present } from './value.ts'

/** The proxy's own spans that belong to a model call: the call, and the raw request within it. All else it sends is structure. */
const roles: Readonly<Record<string, Role>> = { litellm_request: 'model', raw_gen_ai_request: 'detail' }

/** LiteLLM, beside the GenAI attributes it writes. */
export const litellm: Convention = {
  name: 'litellm',
  speaks: item => item.kind === 'span' && (entry(roles, item.name) !== undefined || item.origin.scope.name === 'litellm'),
  read: item => ({ said: present({ role: item.kind === 'span' ? entry(roles, item.name) : undefined }), consumed: [] }),
}
