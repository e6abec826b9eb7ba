import type { Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import type { Clock, Ledger, LedgerStep } from '../model/ledger.ts'
import type { PriceOf } from '../model/price.ts'
import { artifactsFrom } from './artifacts.ts'
import { toolCalls } from './calls.ts'
import { priced } from './costs.ts'
import type { Draft } from './draft.ts'
import { abandonedStep, errorSteps } from './errors.ts'
import { type Folded, modelCalls } from './models.ts'
import { counts, runFrom } from './run.ts'
import { sequenced } from './sequence.ts'
import { outcomeOf } from './status.ts'
import { stepsFrom } from './steps.ts'
import { endOf, later, treeFrom } from './tree.ts'
import { unique } from './unique.ts'

/** Grows when the same readings would give other rows. */
export const MAPPING_VERSION = 7

/**
 * The ledger of one run: a pure function of the set of its readings and the clock's decisions; `priceOf` says what model calls
 * cost of which nobody sent it. Undefined where nothing of an agent is in it. Total: any readings give a ledger.
 */
export const assemble = (
  runId: string,
  readings: readonly Reading[],
  clock: Clock,
  priceOf: PriceOf = () => undefined,
): Ledger | undefined => {
  const facts = unique(readings)
  if (!facts.some(isOfAnAgent)) return undefined
  const nodes = treeFrom(facts)
  const logs = facts.filter(r => r.about !== 'span')
  const models = priced(modelCalls(nodes, logs), priceOf)
  const calls = toolCalls(nodes, models.calls, logs)
  const steps = stepsFrom(facts, nodes, models.calls, calls)
  const errors = errorSteps(nodes, models.calls)
  const lastFact = facts.reduce((latest, r) => later(latest, endOf(r)), 0n)
  const outcome = outcomeOf({ nodes, models: models.calls, calls: calls.calls, hasOutput: steps.drafts.some(isOutput), lastFact }, clock)
  const drafts = [...steps.drafts, ...errors]
  const abandoned = outcome.abandoned ? [abandonedStep(runId, lastFact, drafts)] : []
  const { ordered, gaps } = sequenced([...drafts, ...abandoned])
  const folded = reasonsFor(facts, ordered, [...models.folded, ...calls.folded])
  return {
    run: runFrom(runId, facts, nodes, models.calls, outcome, { errors: ordered.filter(isFailure).length, gaps, folded, lastFact }),
    steps: ordered.map(stepFrom),
    artifacts: artifactsFrom(nodes, models.calls, calls, steps, ordered),
    waits: outcome.waits,
  }
}

const works: ReadonlySet<Reading['role']> = new Set<Reading['role']>(['agent', 'model', 'tool', 'plan'])

const isOfAnAgent = (reading: Reading): boolean =>
  works.has(reading.role) ||
  reading.told !== undefined ||
  reading.about === 'model' ||
  reading.about === 'call' ||
  reading.episode?.opens === true ||
  reading.run?.taskInput !== undefined

const isOutput = ({ type }: Draft): boolean => type !== 'tool_call'

const isFailure = ({ type, content }: Draft): boolean => type === 'error' || (type === 'tool_result' && content['is_error'] === true)

const stepFrom = (draft: Draft & { readonly sequence: number }): LedgerStep => ({
  id: draft.id,
  sequence: draft.sequence,
  type: draft.type,
  content: draft.content,
  time: draft.time - draft.shift,
  latencyMs: draft.latencyMs,
  emittedSequence: draft.emitted ?? null,
  traceId: draft.traceId,
  spanId: draft.spanId,
  parentStepId: draft.parentStepId,
  agent: draft.agent,
  attributes: draft.attributes,
})

/** Why a span or log is no step: of everything that made none, how many for which reason. */
const reasonsFor = (facts: readonly Reading[], steps: readonly Draft[], folded: readonly Folded[]): JsonObject => {
  const spans = new Set(steps.map(step => `${step.traceId}/${step.spanId}`))
  const known = new Map(folded.map(({ reading, reason }) => [reading, reason]))
  return counts(
    facts.flatMap(reading => {
      if (reading.about === 'span' && spans.has(reading.key)) return []
      return [known.get(reading) ?? (reading.about === 'span' ? byRole[reading.role] : byAbout[reading.about])]
    }),
  )
}

const byAbout: Readonly<Record<Exclude<Reading['about'], 'span'>, string>> = {
  model: 'log of a model call without content',
  call: 'log of a tool call',
  run: 'log without a step',
}

const byRole: Readonly<Record<Reading['role'], string>> = {
  agent: 'agent span: holds steps, is none',
  model: 'model call without text of its own',
  tool: 'tool span of a call told elsewhere',
  transport: 'transport of a call',
  detail: 'detail of a step',
  plan: 'plan span: its model call tells the plan',
  other: 'structure',
}
