import type { Convention } from './convention.ts'
import type { Role } from './reading.ts'
import { entry, filled, present, stringAt } from './value.ts'

const KIND = 'gen_ai.span.kind'
const SESSION = 'gen_ai.session.id'
const USER = 'gen_ai.user.id'

const roles: Readonly<Record<string, Role>> = { llm: 'model', tool: 'tool', agent: 'agent' }

/** LoongSuite (Alibaba Cloud), beside the GenAI attributes it writes: a kind on every span, session and user under names of its own. */
export const loongsuite: Convention = {
  name: 'loongsuite',
  speaks: ({ attributes }) => [KIND, SESSION, USER].some(key => attributes.has(key)),
  read: ({ attributes }) => {
    const run = present({ sessionId: stringAt(attributes, SESSION), userId: stringAt(attributes, USER) })
    const role = entry(roles, stringAt(attributes, KIND)?.toLowerCase())
    return { said: present({ role, run: filled(run) }), consumed: [KIND, SESSION, USER] }
  },
}
