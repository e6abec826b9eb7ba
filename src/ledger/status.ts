import type { Clock, Ledger } from '../model/ledger.ts'
import type { RunStatus } from '../model/run.ts'
import { lastWithin, outermostAgents } from './agents.ts'
import type { Call } from './call.ts'
import type { ModelCall } from './models.ts'
import { endOf, isModel, isTool, type Node } from './tree.ts'

export type Outcome = {
  readonly status: RunStatus
  /** When it ended; null while it runs. */
  readonly endedAt: bigint | null
  /** How it was reached where nobody said it. */
  readonly inferred?: string
  readonly abandoned?: boolean
  readonly waits: Ledger['waits']
}

/** Everything the status of a run depends on. */
export type Evidence = {
  readonly nodes: readonly Node[]
  readonly models: readonly ModelCall[]
  readonly calls: readonly Call[]
  /** A thought, a result or a plan was told. */
  readonly hasOutput: boolean
  readonly lastFact: bigint
}

const running = (waits: Ledger['waits']): Outcome => ({ status: 'running', endedAt: null, waits })

/** Said > the outermost agent's end > the root's end > the clock. A run that has not ended waits for one of the clock's decisions. */
export const outcomeOf = (evidence: Evidence, clock: Clock): Outcome => {
  const said = saidStatus(evidence, clock)
  if (said !== undefined) return said
  const roots = ends(evidence.nodes)
  const isOver = roots.length > 0 && roots.every(({ reading }) => reading.end !== 'open')
  if (!isOver) return clock.idle ? settled(evidence) : running('idle')
  if (roots.some(isAwaitingParent) && !clock.quiet && !clock.idle) return running('quiet')
  const last = roots.reduce((a, b) => (endOf(b.reading) > endOf(a.reading) ? b : a))
  return ended(last, evidence)
}

// Said by a run span: one with no agent above it. What an ended span says holds; what a start says holds until more is known.
const saidStatus = ({ nodes, models }: Evidence, clock: Clock): Outcome | undefined => {
  const saying = nodes.filter(n => n.agent === undefined && n.reading.run?.status !== undefined)
  const top = saying.findLast(n => n.reading.state === 'ended') ?? saying[0]
  const status = top?.reading.run?.status
  if (top === undefined || status === undefined) return undefined
  const isFinal = status !== 'pending' && status !== 'running'
  if (isFinal || top.reading.state === 'ended') return { status, endedAt: isFinal ? endOf(top.reading) : null, waits: null }
  const isAlone = nodes.length === 1 && models.length === 0
  return status === 'pending' && isAlone && !clock.idle ? { status, endedAt: null, waits: 'idle' } : undefined
}

// The spans whose end is the run's: its outermost agents, else the parentless roots that are no step themselves.
const ends = (nodes: readonly Node[]): readonly Node[] => {
  const agents = outermostAgents(nodes)
  if (agents.length > 0) return agents
  return nodes.filter(
    node => node.reading.parent === undefined && node.reading.told?.stepType === undefined && node.reading.role !== 'detail',
  )
}

const isAwaitingParent = (node: Node): boolean => node.root.reading.parent !== undefined

// A workflow ends as the agent in it that ended last did: it may have no word for an error.
const ended = (top: Node, evidence: Evidence): Outcome => {
  const isClean = top.reading.error === undefined && top.reading.status !== 'error' && !top.reading.cancelled
  const root = (top.reading.agent?.wraps && isClean ? lastWithin(top, evidence.nodes) : undefined) ?? top
  const { reading } = root
  const endedAt = endOf(top.reading)
  if (reading.cancelled) return { status: 'cancelled', endedAt, waits: null }
  if (reading.error !== undefined || reading.status === 'error') {
    const another = repeatedBy(root, evidence)
    return another === undefined
      ? { status: 'failed', endedAt, waits: null }
      : { status: 'completed', endedAt, inferred: `the error is of ${another}, the answer came`, waits: null }
  }
  if (wasCutOff(root, evidence.models))
    return { status: 'cancelled', endedAt, inferred: 'the last model call has no finish reason and no output', waits: null }
  if (wasStopped(root, evidence))
    return { status: 'cancelled', endedAt, inferred: 'what ran last was cancelled, and no answer came', waits: null }
  return { status: 'completed', endedAt, waits: null }
}

// Some instrumentations copy a failed tool's error, or any, up to the root of a run that went on and answered.
const repeatedBy = ({ reading }: Node, { models, nodes }: Evidence): string | undefined => {
  const answer = models.at(-1)
  // One that asks for tools is none, whatever it says that it stopped for.
  const isAnswer = answer?.usage.finish === 'stop' && answer.calls.every(call => call.server)
  const answered = Boolean(reading.run?.output) || (isAnswer && Boolean(answer.text))
  if (!answered || answer?.error !== undefined) return undefined
  if (reading.error === undefined) return 'another span'
  const { message } = reading.error
  return nodes.some(node => isTool(node) && node.reading.error?.message === message) ? 'a tool' : undefined
}

const wasCutOff = (root: Node, models: readonly ModelCall[]): boolean => {
  const last = models.at(-1)
  if (last === undefined || last.usage.finish !== undefined || root.reading.usage?.finish !== undefined || root.reading.run?.output)
    return false
  return !last.text && last.calls.length === 0 && last.captured && models.some(m => m.usage.finish !== undefined)
}

// Where its task is cancelled, Pydantic AI and Agent Framework end an agent's span without a word: what it waited for tells of it,
// by its error, or as a call whose span ended without the result that nothing kept from being told.
const wasStopped = (root: Node, { nodes, models, calls }: Evidence): boolean => {
  const last = models.at(-1)
  if (last === undefined || root.reading.run?.output) return false
  const isLast = (node: Node): boolean => endOf(node.reading) > last.start
  return (
    nodes.some(node => node.reading.cancelled && (isTool(node) || isModel(node)) && isLast(node)) ||
    (last.captured && calls.some(call => call.node !== undefined && isLast(call.node) && endedWithout(call)))
  )
}

const endedWithout = ({ arguments: given, result }: Call): boolean =>
  given !== undefined && result !== undefined && !result.isKnown && !result.isError && result.captured

const settled = ({ nodes, calls, hasOutput, lastFact }: Evidence): Outcome => {
  // A told call has ended with its span, also where it never told a result.
  const isOpen = nodes.some(node => node.reading.end === 'open') || calls.some(c => c.result === undefined && c.node === undefined)
  if (!isOpen && hasOutput) return { status: 'completed', endedAt: lastFact, inferred: 'no news, nothing open', waits: null }
  return { status: 'failed', endedAt: lastFact, inferred: 'no news, no end', abandoned: true, waits: null }
}
