import type { ErrorFacts, Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import { createAgentPaths } from './agents.ts'
import { type Draft, stepId } from './draft.ts'
import type { ModelCall } from './models.ts'
import { endOf, isAgent, isModel, isTool, type Node, topDown } from './tree.ts'

/**
 * Error steps: of the deepest span that tells an error alone, told ones always. A tool's error is its result, a cancelled
 * span's is no error. Spans of nobody (`other`) count only as roots of a run without an agent.
 */
export const errorSteps = (nodes: readonly Node[], models: readonly ModelCall[]): readonly Draft[] => {
  const told = toldBelow(nodes)
  const paths = createAgentPaths()
  const byNode = new Map(models.flatMap(m => (m.node === undefined ? [] : [[m.node, m] as const])))
  const hasAgent = nodes.some(isAgent)
  const drafts: Draft[] = []
  for (const node of nodes) {
    const error = byNode.get(node)?.error ?? node.reading.error
    if (node.reading.told?.stepType === 'error')
      drafts.push(draft(node.reading, error ?? { message: node.reading.statusMessage ?? 'error' }, node, paths(node)))
    else if (error !== undefined && counts(node, byNode, hasAgent) && told.get(node)?.has(signature(error)) !== true)
      drafts.push(draft(node.reading, error, node, paths(node)))
  }
  for (const { node, error, reading } of models)
    if (node === undefined && error !== undefined) drafts.push(draft(reading, error, undefined, null))
  return drafts
}

const counts = (node: Node, models: ReadonlyMap<Node, ModelCall>, hasAgent: boolean): boolean => {
  const { told, cancelled } = node.reading
  if (told?.stepType !== undefined && told.stepType !== 'thought') return false
  if (cancelled) return false
  return isModel(node)
    ? models.has(node)
    : isAgent(node) || node.reading.role === 'plan' || (!hasAgent && node.parent === undefined && node.reading.role === 'other')
}

const signature = ({ message, code }: ErrorFacts): string => `${code ?? ''}\n${message}`

/** What errors the spans below a span tell: their ancestors only repeat them. */
const toldBelow = (nodes: readonly Node[]): ReadonlyMap<Node, ReadonlySet<string>> => {
  const below = new Map<Node, Set<string>>()
  for (const node of [...topDown(nodes)].reverse()) {
    const { parent, reading } = node
    const own = below.get(node)
    if (parent === undefined || (reading.error === undefined && own === undefined)) continue
    const set = below.get(parent) ?? new Set<string>()
    for (const one of own ?? []) set.add(one)
    if (reading.error !== undefined) {
      set.add(signature(reading.error))
      // A tool's failure comes up as its caller's, under the tool's message alone.
      if (isTool(node)) set.add(signature({ message: reading.error.message }))
    }
    below.set(parent, set)
  }
  return below
}

const draft = (reading: Reading, error: ErrorFacts, node: Node | undefined, agent: readonly string[] | null): Draft => ({
  id: stepId(reading.group, `error:${reading.key}`),
  type: 'error',
  content: contentOf(error),
  time: endOf(reading),
  latencyMs: null,
  emitted: reading.told?.stepType === 'error' ? reading.told.sequence : undefined,
  ...(reading.told?.stepType === 'thought' ? { inferred: true } : {}),
  ordinal: reading.ordinal ?? 0,
  spanStart: reading.start,
  part: 0,
  node,
  traceId: reading.traceId ?? null,
  spanId: reading.spanId ?? null,
  parentStepId: null,
  agent,
  attributes: { ...reading.rest, ...(reading.ignored === undefined ? {} : { 'runledger.ignored': reading.ignored }) },
})

const contentOf = ({ message, code, traceback }: ErrorFacts): JsonObject => ({
  message,
  ...(traceback === undefined ? {} : { traceback }),
  ...(code === undefined ? {} : { code }),
})

/** The step that says why a run without an end has one. `time`: of the last fact. */
export const abandonedStep = (runId: string, time: bigint): Draft => ({
  id: stepId(runId, 'error:abandoned'),
  type: 'error',
  content: { message: 'No end of the run was received', code: 'abandoned' },
  time,
  latencyMs: null,
  emitted: undefined,
  inferred: true,
  ordinal: Number.MAX_SAFE_INTEGER,
  spanStart: time,
  part: 0,
  node: undefined,
  traceId: null,
  spanId: null,
  parentStepId: null,
  agent: null,
  attributes: {},
})
