import type { Identified, Link, Probe } from '../model/identity.ts'
import { NAMESPACE, runIdFromName, uuidFromHex, uuidV5 } from '../model/uuid.ts'
import { ATTR_RUN_ID, ATTR_SESSION_ID } from '../semconv.ts'

const conversationKeys = [ATTR_SESSION_ID, 'conversation.id', 'gen_ai.conversation.id', 'thread.id'] as const

/** The attribute keys that decide where an item belongs: nothing else is decoded before the journal. */
export const identityKeys: ReadonlySet<string> = new Set([ATTR_RUN_ID, 'service.name', ...conversationKeys])

/**
 * Vocabularies that scatter one run over many traces and traceless logs: their conversation joins groups. Everybody else's
 * session or conversation only names one: joining by it would grow unrelated runs together.
 */
const scattering: readonly { readonly scopes: RegExp; readonly key: string }[] = [
  { scopes: /^com\.anthropic\.claude_code/, key: ATTR_SESSION_ID },
  { scopes: /^codex_otel/, key: 'conversation.id' },
]

/** The group an item is journalled in and the links it bears: computed from this item alone, and never changing. */
export const identify = (probe: Probe): Identified => {
  const conversation = scatteredConversation(probe)
  const links: Link[] = []
  const runName = probe.attributes.get(ATTR_RUN_ID) ?? probe.resource.get(ATTR_RUN_ID)
  if (runName) links.push({ link: runIdFromName(runName), kind: 'run' })
  if (conversation !== undefined) links.push({ link: conversation, kind: 'conversation' })
  return { group: probe.traceId === undefined ? tracelessGroup(probe) : uuidFromHex(probe.traceId), links }
}

/** The link of a conversation that joins groups; undefined for the many that don't. */
const scatteredConversation = ({ scopeName, attributes, resource }: Omit<Probe, 'signal' | 'traceId'>): string | undefined => {
  const rule = scattering.find(({ scopes }) => scopes.test(scopeName))
  const id = rule && (attributes.get(rule.key) ?? resource.get(rule.key))
  return id ? conversationLink(resource.get('service.name'), id) : undefined
}

const conversationLink = (service: string | undefined, id: string): string => uuidV5(NAMESPACE, `conversation:${service ?? ''}\n${id}`)

const tracelessGroup = ({ attributes, resource }: Probe): string => {
  const conversation = conversationKeys.map(key => attributes.get(key) ?? resource.get(key)).find(id => id !== undefined && id !== '')
  return uuidV5(NAMESPACE, `group:${resource.get('service.name') ?? ''}\n${conversation ?? ''}`)
}
