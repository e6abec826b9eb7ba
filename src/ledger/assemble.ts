import type { Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import type { Clock, Ledger, LedgerStep } from '../model/ledger.ts'
import { artifactsFrom } from './artifacts.ts'
import { toolCalls } from './calls.ts'
import type { Draft } from './draft.ts'
import { abandonedStep, errorSteps } from './errors.ts'
import { modelCalls } from './models.ts'
import { runFrom } from './run.ts'
import { sequenced } from './sequence.ts'
import { outcomeOf } from './status.ts'
import { stepsFrom } from './steps.ts'
import { endOf, type Node, treeFrom } from './tree.ts'
import { unique } from './unique.ts'

/** Grows when the same readings would give other rows. */
export const MAPPING_VERSION = 1

/**
 * The ledger of one run: a pure function of the set of its readings and the clock's decisions. Undefined where nothing of
 * an agent is in it. Total: any readings give a ledger.
 */
export const assemble = (runId: string, readings: readonly Reading[], clock: Clock): Ledger | undefined => {
  const facts = unique(readings)
  if (!facts.some(isOfAnAgent)) return undefined
  const nodes = treeFrom(facts)
  const logs = facts.filter(r => r.about !== 'span')
  const models = modelCalls(nodes, logs)
  const calls = toolCalls(nodes, models.calls, logs)
  const steps = stepsFrom(nodes, models.calls, calls)
  const errors = errorSteps(nodes, models.calls)
  const lastFact = facts.reduce((latest, r) => (endOf(r) > latest ? endOf(r) : latest), 0n)
  const outcome = outcomeOf({ nodes, models: models.calls, calls: calls.calls, lastFact }, clock)
  const abandoned = outcome.abandoned ? [abandonedStep(runId, lastFact)] : []
  const { ordered, gaps } = sequenced([...steps.drafts, ...errors, ...abandoned])
  const artifacts = artifactsFrom(nodes, models.calls, calls.calls, steps, ordered)
  const folded = foldedCounts(nodes, logs, ordered, [models.folded, calls.folded])
  const failed = ordered.filter(d => d.type === 'error' || (d.type === 'tool_result' && d.content['is_error'] === true)).length
  return {
    run: runFrom(runId, facts, nodes, models.calls, outcome, { errors: failed, gaps, folded, lastFact }),
    steps: ordered.map(stepFrom),
    artifacts,
    waits: outcome.waits,
  }
}

const isOfAnAgent = (reading: Reading): boolean =>
  ['agent', 'model', 'tool', 'plan'].includes(reading.role) ||
  reading.told !== undefined ||
  reading.about === 'model' ||
  reading.about === 'call' ||
  reading.state === 'started' ||
  reading.episode?.opens === true

const stepFrom = (draft: Draft & { readonly sequence: number }): LedgerStep => ({
  id: draft.id,
  sequence: draft.sequence,
  type: draft.type,
  content: draft.content,
  time: draft.time,
  latencyMs: draft.latencyMs,
  emittedSequence: draft.emitted ?? null,
  traceId: draft.traceId,
  spanId: draft.spanId,
  parentStepId: draft.parentStepId,
  agent: draft.agent,
  attributes: draft.attributes,
})

/** Why a span is no step: counts by reason, of everything that made none. */
const foldedCounts = (
  nodes: readonly Node[],
  logs: readonly Reading[],
  steps: readonly Draft[],
  counted: readonly ReadonlyMap<string, number>[],
): JsonObject => {
  const spans = new Set(steps.map(step => `${step.traceId}/${step.spanId}`))
  const counts = new Map<string, number>()
  const add = (reason: string, n = 1): void => void counts.set(reason, (counts.get(reason) ?? 0) + n)
  for (const map of counted) for (const [reason, n] of map) if (reason.startsWith('log')) add(reason, n)
  for (const { reading } of nodes) if (!spans.has(reading.key)) add(reasons[reading.role] ?? 'structure')
  const others = logs.filter(log => log.about === 'run').length
  if (others > 0) add('log without a step', others)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const reasons: Readonly<Partial<Record<Reading['role'], string>>> = {
  agent: 'agent span: holds steps, is none',
  model: 'model call without text of its own',
  tool: 'tool span folded into its call',
  transport: 'transport of a call',
  detail: 'detail of a step',
  plan: 'plan span: its model call tells the plan',
}
