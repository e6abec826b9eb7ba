import type { ErrorFacts, Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import { createAgentPaths } from './agents.ts'
import { readingAttributes } from './attributes.ts'
import { type Draft, stepId } from './draft.ts'
import type { ModelCall } from './models.ts'
import { repeatsFrom } from './repeats.ts'
import { endOf, isAgent, isModel, isTool, later, type Node } from './tree.ts'

/**
 * Error steps: of the deepest span that tells an error alone, told ones always. A tool's error is its result, a cancelled
 * span's is no error. Spans of nobody (`other`) count only as roots of a run without an agent.
 */
export const errorSteps = (nodes: readonly Node[], models: readonly ModelCall[]): readonly Draft[] => {
  const paths = createAgentPaths(nodes)
  const byNode = new Map(models.flatMap(m => (m.node === undefined ? [] : [[m.node, m] as const])))
  const hasAgent = nodes.some(isAgent)
  const errorOf = (node: Node): ErrorFacts | undefined => byNode.get(node)?.error ?? node.reading.error
  const counts = (node: Node): boolean => isCounted(node, byNode, hasAgent)
  const repeats = repeatsFrom(nodes, errorOf, node => tellsOtherwise(node) || counts(node))
  const drafts: Draft[] = []
  for (const node of nodes) {
    const error = errorOf(node)
    const { told, end, statusMessage = '' } = node.reading
    if (told?.stepType === 'error' && end !== 'open')
      drafts.push(draft(node.reading, error ?? { message: statusMessage }, node, paths(node)))
    else if (error !== undefined && counts(node) && !repeats.has(node)) drafts.push(draft(node.reading, error, node, paths(node)))
  }
  for (const { node, error, reading, place } of models)
    if (node === undefined && error !== undefined) drafts.push(draft(reading, error, undefined, paths(place)))
  return drafts
}

const isCounted = (node: Node, models: ReadonlyMap<Node, ModelCall>, hasAgent: boolean): boolean => {
  const { told, cancelled, role } = node.reading
  if (cancelled || (told?.stepType !== undefined && told.stepType !== 'thought')) return false
  return isModel(node) ? models.has(node) : isAgent(node) || role === 'plan' || (!hasAgent && node.parent === undefined && role === 'other')
}

// As the result of its call, or as a told error.
const tellsOtherwise = (node: Node): boolean =>
  isTool(node) || node.reading.role === 'transport' || node.reading.role === 'detail' || node.reading.told?.stepType === 'error'

const draft = (reading: Reading, error: ErrorFacts, node: Node | undefined, agent: readonly string[] | null): Draft => {
  const isTold = reading.told?.stepType === 'error'
  return {
    id: stepId(reading.group, `error:${reading.key}`),
    type: 'error',
    content: contentOf(error),
    time: node?.ends ?? endOf(reading),
    shift: node?.shift ?? 0n,
    latencyMs: null,
    emitted: isTold ? reading.told?.sequence : undefined,
    // An agent that numbers its steps numbers those it tells: what its other spans end with is added by us.
    ...(isTold ? {} : { inferred: true }),
    ordinal: reading.ordinal ?? 0,
    spanStart: reading.start,
    part: 0,
    node,
    traceId: reading.traceId ?? null,
    spanId: reading.spanId ?? null,
    parentStepId: null,
    agent,
    attributes: readingAttributes(reading),
  }
}

const contentOf = ({ message, code, traceback }: ErrorFacts): JsonObject => ({
  message,
  ...(traceback === undefined ? {} : { traceback }),
  ...(code === undefined ? {} : { code }),
})

/** The step that says why a run without an end has one: at the time of the last fact, behind all others. */
export const abandonedStep = (runId: string, lastFact: bigint, others: readonly Draft[]): Draft => {
  const time = others.reduce((latest, d) => later(latest, d.time), lastFact)
  return {
    id: stepId(runId, 'error:abandoned'),
    type: 'error',
    content: { message: 'No end of the run was received', code: 'abandoned' },
    time,
    shift: time - lastFact,
    latencyMs: null,
    emitted: undefined,
    inferred: true,
    ordinal: Number.MAX_SAFE_INTEGER,
    spanStart: lastFact,
    part: 0,
    node: undefined,
    traceId: null,
    spanId: null,
    parentStepId: null,
    agent: null,
    attributes: {},
  }
}
