import type { Reading } from '../conventions/reading.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { LedgerRun } from '../model/ledger.ts'
import { agentNameOf, outermostAgents } from './agents.ts'
import type { ModelCall } from './models.ts'
import type { Outcome } from './status.ts'
import { isAgent, type Node } from './tree.ts'

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
  const facts = [...tops, ...nodes.filter(n => !tops.includes(n) && n.reading.run !== undefined)].map(n => n.reading)
  const told = [...facts, ...readings.filter(r => r.about === 'run')]
  return {
    id,
    agentId: agentIdOf(readings, nodes, tops),
    taskInput: taskInputOf(told, models),
    status: outcome.status,
    createdAt: readings.find(r => r.start > 0n)?.start ?? counted.lastFact,
    endedAt: outcome.endedAt,
    sessionId: firstOf(told, r => r.run?.sessionId) ?? firstOf(readings, r => r.run?.sessionId ?? r.resource?.run?.sessionId) ?? null,
    metadata: metadataOf(readings, told, outcome, counted.folded),
    errors: counted.errors,
    gaps: counted.gaps,
    ...tokensOf(models, nodes),
  }
}

const topsOf = (nodes: readonly Node[]): readonly Node[] => {
  const agents = outermostAgents(nodes)
  return agents.length > 0 ? agents : nodes.filter(n => n.parent === undefined)
}

const firstOf = <T, R>(list: readonly T[], of: (one: T) => R | undefined): R | undefined => {
  for (const one of list) {
    const value = of(one)
    if (value !== undefined) return value
  }
  return undefined
}

// A run is named by its outermost agent; a wrapper without a name by the agent in it.
const agentIdOf = (readings: readonly Reading[], nodes: readonly Node[], tops: readonly Node[]): string => {
  const idOf = (r: Reading): string | undefined => r.agent?.id ?? r.agent?.name
  return (
    firstOf(tops, n => idOf(n.reading)) ??
    firstOf(nodes.filter(isAgent), n => idOf(n.reading) ?? agentNameOf(n)) ??
    firstOf(readings, idOf) ??
    firstOf(readings, r => r.resource?.agent?.id ?? r.resource?.agent?.name) ??
    firstOf(readings, r => r.resource?.service) ??
    'unknown'
  )
}

const taskInputOf = (told: readonly Reading[], models: readonly ModelCall[]): Json | null =>
  firstOf(told, r => r.run?.taskInput) ?? firstOf(models, m => m.given?.input) ?? null

const metadataOf = (readings: readonly Reading[], told: readonly Reading[], outcome: Outcome, folded: JsonObject): JsonObject => {
  const resources = new Set(readings.flatMap(r => (r.resource?.run?.metadata === undefined ? [] : [r.resource.run.metadata])))
  const spoken = told.flatMap(r => (r.run?.metadata === undefined ? [] : [r.run.metadata]))
  const userId = firstOf(told, r => r.run?.userId)
  const ours: JsonObject = {
    ...(outcome.inferred === undefined ? {} : { status_inferred: outcome.inferred }),
    ...(outcome.abandoned ? { abandoned: true } : {}),
    ...(Object.keys(folded).length === 0 ? {} : { folded }),
  }
  return Object.assign(
    {},
    ...resources,
    ...[...spoken].reverse(),
    userId === undefined ? {} : { user_id: userId },
    Object.keys(ours).length === 0 ? {} : { runledger: ours },
  )
}

// Agent spans carry the sum of their model calls: they count only where no model call says anything.
const tokensOf = (models: readonly ModelCall[], nodes: readonly Node[]): Pick<LedgerRun, 'inputTokens' | 'outputTokens' | 'cost'> => {
  const calls = models.map(m => m.usage)
  const roots = outermostAgents(nodes).flatMap(n => (n.reading.usage === undefined ? [] : [n.reading.usage]))
  const sum = (of: (usage: (typeof calls)[number]) => number | undefined): number | null => {
    for (const list of [calls, roots]) {
      const values = list.map(of).filter(n => n !== undefined)
      if (values.length > 0) return values.reduce((a, b) => a + b, 0)
    }
    return null
  }
  return { inputTokens: sum(u => u.inputTokens), outputTokens: sum(u => u.outputTokens), cost: sum(u => u.cost) }
}
