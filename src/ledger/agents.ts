import type { Reading } from '../conventions/reading.ts'
import type { Node } from './tree.ts'
import { endOf, isAgent } from './tree.ts'

/** What an agent's span says of it; where that has no name, what the structure just around it says (a component around its agent). */
export const agentFactsOf = (node: Node): Reading['agent'] => {
  let at: Node | undefined = node
  while (at !== undefined && at.reading.agent === undefined) at = at.parent?.reading.role === 'other' ? at.parent : undefined
  return at?.reading.agent
}

export const agentNameOf = (node: Node): string | undefined => {
  const agent = agentFactsOf(node)
  return agent?.name ?? agent?.id
}

/** Agent spans with no agent span above them. */
export const outermostAgents = (nodes: readonly Node[]): readonly Node[] => nodes.filter(node => isAgent(node) && node.agent === undefined)

/** The agent that ended last of those directly below another: who was handed the task last. */
export const lastWithin = (agent: Node, nodes: readonly Node[]): Node | undefined =>
  nodes
    .filter(node => isAgent(node) && node.agent === agent)
    .reduce<Node | undefined>((a, b) => (a === undefined || endOf(b.reading) >= endOf(a.reading) ? b : a), undefined)

/**
 * The path of the nested agent a span belongs to, outermost first; null on the run's own agent. A wrapper and the one agent in
 * it are one, and so are agent spans one within the other that bear one name. Of several agents beside each other the first is the
 * run's own.
 */
export const createAgentPaths = (nodes: readonly Node[]): ((node: Node | undefined) => readonly string[] | null) => {
  const paths = new Map<Node, readonly string[]>()
  const pathOf = (agent: Node): readonly string[] => {
    const known = paths.get(agent)
    if (known !== undefined) return known
    const chain: Node[] = []
    for (let at: Node | undefined = agent; at !== undefined && !paths.has(at); at = at.agent) chain.push(at)
    for (const at of chain.reverse()) paths.set(at, extended(at.agent === undefined ? [] : (paths.get(at.agent) ?? []), at))
    return paths.get(agent) ?? []
  }
  const [first] = outermostAgents(nodes)
  const isAnother = (agent: Node | undefined, name: string | undefined): boolean =>
    agent?.agent === undefined && agent !== first && first !== undefined && name !== undefined && name !== pathOf(first)[0]
  return node => {
    const agent = node === undefined || isAgent(node) ? node : node.agent
    const path = agent === undefined ? [] : pathOf(agent)
    return path.length > 1 || isAnother(agent, path[0]) ? path : null
  }
}

/** The path of an agent below another that has no span of its own: what its steps say of it. Names are known by id from all facts. */
export const createNestedPaths = (facts: readonly Reading[]) => {
  const names = new Map<string, string>()
  for (const { agent } of facts) if (agent?.nested && agent.id !== undefined && agent.name !== undefined) names.set(agent.id, agent.name)
  return (outer: readonly string[] | null, place: Node | undefined, reading: Reading | undefined): readonly string[] | null => {
    const { agent, resource } = reading ?? {}
    if (agent?.nested !== true) return outer
    const name = agent.name ?? names.get(agent.id ?? '') ?? agent.id ?? ''
    const own = (place?.agent && agentNameOf(place.agent)) ?? resource?.service
    return [...(outer ?? (own === undefined ? [] : [own])), name]
  }
}

const extended = (path: readonly string[], agent: Node): readonly string[] => {
  const name = agentNameOf(agent) ?? (path.length === 0 ? agent.reading.name : undefined)
  if (name === undefined || name === path.at(-1)) return path
  return agent.agent !== undefined && path.length === 1 && isWrapper(agent.agent) ? [name] : [...path, name]
}

/** It holds one agent and otherwise nothing that works: a workflow around its only agent, a trace around its first. */
export const isWrapper = (agent: Node): boolean => {
  let agents = 0
  const pending = [...agent.children]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (isAgent(at)) agents += 1
    else if (at.reading.role !== 'other') return false
    else pending.push(...at.children)
    if (agents > 1) return false
  }
  return agents === 1
}
