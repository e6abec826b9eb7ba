import type { Reading, Usage } from '../conventions/reading.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { LedgerRun } from '../model/ledger.ts'
import { agentFactsOf, isWrapper, outermostAgents } from './agents.ts'
import { costOf } from './costs.ts'
import { missingParents } from './missing.ts'
import type { ModelCall } from './models.ts'
import { sampledOf } from './sampled.ts'
import type { Outcome } from './status.ts'
import { endOf, isAgent, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** What a run is beside its steps. `readings` and `nodes` come in the order (start, key). */
export const runFrom = (
  id: string,
  readings: readonly Reading[],
  nodes: readonly Node[],
  models: readonly ModelCall[],
  outcome: Outcome,
  counted: { readonly errors: number; readonly gaps: number; readonly folded: JsonObject; readonly lastFact: bigint },
): LedgerRun => {
  const tops = topsOf(nodes)
  const roots = tops.flatMap(n => (isAgent(n) && n.agent === undefined && n.reading.usage !== undefined ? [n.reading.usage] : []))
  const { cost, note } = costOf(models, roots)
  const told = [...tops.map(n => n.reading), ...readings.filter(r => r.about === 'run')]
  return {
    id,
    agentId: agentIdOf(readings, nodes, tops),
    taskInput: taskInputOf(readings, told, models),
    status: outcome.status,
    createdAt: readings.find(r => r.start > 0n)?.start ?? counted.lastFact,
    endedAt: outcome.endedAt,
    sessionId: firstOf(told, r => r.run?.sessionId) ?? firstOf(readings, r => r.run?.sessionId ?? r.resource?.run?.sessionId) ?? null,
    metadata: metadataOf(readings, told, outcome, { folded: counted.folded, cost: note, ...unseenOf(nodes, outcome) }),
    errors: counted.errors,
    gaps: counted.gaps,
    ...tokensOf(models, roots),
    cost,
  }
}

// The run's own spans: its outermost agents, with the one agent that a wrapper holds; else its roots.
const topsOf = (nodes: readonly Node[]): readonly Node[] => {
  const agents = outermostAgents(nodes)
  if (agents.length === 0) return nodes.filter(n => n.parent === undefined)
  const wrappers = new Set(agents.filter(isWrapper))
  return wrappers.size === 0 ? agents : [...agents, ...nodes.filter(n => isAgent(n) && n.agent !== undefined && wrappers.has(n.agent))]
}

const firstOf = <T, R>(list: readonly T[], of: (one: T) => R | undefined): R | undefined => {
  for (const one of list) {
    const value = of(one)
    if (value !== undefined) return value
  }
  return undefined
}

// A run is named by its outermost agent, a wrapper without a name by the agent in it; where there is no agent span, by whoever is named.
const agentIdOf = (readings: readonly Reading[], nodes: readonly Node[], tops: readonly Node[]): string => {
  const nameOf = (agent: Reading['agent']): string | undefined => agent?.id ?? agent?.name
  return (
    firstOf(tops, n => (n.reading.agent?.wraps ? undefined : nameOf(agentFactsOf(n)))) ??
    handedTo(tops, nodes) ??
    firstOf(tops, n => nameOf(n.reading.agent)) ??
    firstOf(readings, r => nameOf(r.resource?.agent)) ??
    (nodes.some(isAgent) ? undefined : firstOf(readings, r => (r.agent?.nested ? undefined : nameOf(r.agent)))) ??
    firstOf(readings, r => r.resource?.service) ??
    firstOf(readings, r => nameOf(r.agent)) ??
    'unknown'
  )
}

// A workflow is called after the agent that ended it: who was handed the task last.
const handedTo = (tops: readonly Node[], nodes: readonly Node[]): string | undefined => {
  const workflows = new Set(tops.filter(n => n.reading.agent?.wraps))
  const within = nodes.filter(n => isAgent(n) && n.agent !== undefined && workflows.has(n.agent))
  const byEnd = within.toSorted((a, b) => compare(endOf(b.reading), endOf(a.reading)))
  return firstOf(byEnd, n => n.reading.agent?.id ?? n.reading.agent?.name)
}

const taskInputOf = (readings: readonly Reading[], told: readonly Reading[], models: readonly ModelCall[]): Json | null =>
  firstOf(told, r => r.run?.taskInput) ?? firstOf(models, m => m.given?.input) ?? firstOf(readings, r => r.run?.taskInput) ?? null

const shownParents = 10

// Parents end after their children: while a run goes on they are awaited, and missing once it has ended.
const unseenOf = (nodes: readonly Node[], { endedAt }: Outcome): Pick<Notes, 'sampled' | 'missing'> => {
  const parents = missingParents(nodes)
  const sampled = sampledOf(nodes, parents.length)
  if (sampled !== undefined || parents.length === 0 || endedAt === null) return { sampled, missing: undefined }
  return { sampled, missing: { count: parents.length, spans: parents.slice(0, shownParents) } }
}

type Notes = {
  readonly folded: JsonObject
  readonly cost: JsonObject | undefined
  readonly sampled: JsonObject | undefined
  readonly missing: JsonObject | undefined
}

// Of two values of one key the first told wins, so nothing depends on how readings were batched.
const metadataOf = (
  readings: readonly Reading[],
  told: readonly Reading[],
  outcome: Outcome,
  { folded, cost, sampled, missing }: Notes,
): JsonObject => {
  const resources = new Set(readings.flatMap(r => r.resource?.run?.metadata ?? []))
  const spoken = told.flatMap(r => r.run?.metadata ?? [])
  const userId = firstOf(told, r => r.run?.userId)
  const ignored = counts(readings.flatMap(r => r.ignored ?? []))
  const ours: JsonObject = {
    ...(outcome.inferred === undefined ? {} : { status_inferred: outcome.inferred }),
    ...(outcome.abandoned ? { abandoned: true } : {}),
    ...(cost === undefined ? {} : { cost }),
    ...(sampled === undefined ? {} : { sampled }),
    ...(missing === undefined ? {} : { missing_parents: missing }),
    ...(Object.keys(folded).length === 0 ? {} : { folded }),
    ...(Object.keys(ignored).length === 0 ? {} : { ignored }),
  }
  return Object.assign(
    {},
    ...[...resources].reverse(),
    ...spoken.toReversed(),
    userId === undefined ? {} : { user_id: userId },
    Object.keys(ours).length === 0 ? {} : { runledger: ours },
  )
}

/** How often each of `names` comes, by name. */
export const counts = (names: readonly string[]): JsonObject => {
  const byName = new Map<string, number>()
  for (const name of names) byName.set(name, (byName.get(name) ?? 0) + 1)
  return Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1)))
}

// Agent spans carry the sum of their model calls: they count only where no model call says anything.
const tokensOf = (models: readonly ModelCall[], roots: readonly Usage[]): Pick<LedgerRun, 'inputTokens' | 'outputTokens'> => {
  const calls = models.map(m => m.usage)
  const sum = (of: (usage: Usage) => number | undefined): number | null => {
    for (const list of [calls, roots]) {
      const values = list.map(of).filter(n => n !== undefined)
      if (values.length > 0) return values.reduce((a, b) => a + b, 0)
    }
    return null
  }
  return { inputTokens: sum(u => u.inputTokens), outputTokens: sum(u => u.outputTokens) }
}
