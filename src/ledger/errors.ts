import type { ErrorFacts, Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import { createAgentPaths } from './agents.ts'
import { readingAttributes } from './attributes.ts'
import { type Draft, stepId } from './draft.ts'
import type { ModelCall } from './models.ts'
import { endOf, isAgent, isModel, isTool, later, type Node, topDown } from './tree.ts'

/**
 * Error steps: of the deepest span that tells an error alone, told ones always. A tool's error is its result, a cancelled
 * span's is no error. Spans of nobody (`other`) count only as roots of a run without an agent.
 */
export const errorSteps = (nodes: readonly Node[], models: readonly ModelCall[]): readonly Draft[] => {
  const paths = createAgentPaths()
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

/** Spans whose error one below them tells already: the message is the same, and the code where both say one. */
const repeatsFrom = (
  nodes: readonly Node[],
  errorOf: (node: Node) => ErrorFacts | undefined,
  tells: (node: Node) => boolean,
): ReadonlySet<Node> => {
  const repeats = new Set<Node>()
  const below = new Map<Node, Set<string>>()
  for (const node of topDown(nodes).toReversed()) {
    const told = below.get(node) ?? new Set<string>()
    below.delete(node)
    const error = errorOf(node)
    if (error !== undefined && (wanted(error).some(one => told.has(one)) || quotes(error, told))) repeats.add(node)
    if (error !== undefined && tells(node)) for (const one of signatures(error, isTool(node))) told.add(one)
    if (node.parent !== undefined && told.size > 0) below.set(node.parent, union(below.get(node.parent), told))
  }
  return repeats
}

/** More errors below than this are not looked for in the message of the one above, nor shorter ones: what they say may be chance. */
const maxQuoted = 50
const minQuoted = 12

// "Error in agent run: {…}" around what the model call said.
const quotes = ({ message }: ErrorFacts, told: ReadonlySet<string>): boolean =>
  told.size <= maxQuoted && [...told].some(one => one.startsWith('any\n') && one.length >= minQuoted + 4 && message.includes(one.slice(4)))

// `*`: any code. A tool's failure comes up as its caller's, whatever the code.
const signatures = ({ message, code }: ErrorFacts, isTool: boolean): readonly string[] =>
  isTool || code === undefined ? [`*\n${message}`, `any\n${message}`] : [`=${code}\n${message}`, `any\n${message}`]

const wanted = ({ message, code }: ErrorFacts): readonly string[] =>
  code === undefined ? [`any\n${message}`] : [`*\n${message}`, `=${code}\n${message}`]

// The smaller goes into the larger: a deep chain of errors costs no more than a flat one.
const union = (a: Set<string> | undefined, b: Set<string>): Set<string> => {
  if (a === undefined) return b
  const [larger, smaller] = a.size < b.size ? [b, a] : [a, b]
  for (const one of smaller) larger.add(one)
  return larger
}

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
