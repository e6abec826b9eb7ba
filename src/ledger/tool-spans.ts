import type { CallFacts, Reading } from '../conventions/reading.ts'
import { canonical } from './canonical.ts'
import type { Folded } from './models.ts'
import { above, isAgent, isModel, isTool, type Node, topDown } from './tree.ts'
import { compare } from './unique.ts'

/** What tells that a tool ran: its outermost span, or logs alone, with what the spans within it and its logs add. */
export type Source = {
  readonly node: Node | undefined
  /** Where it lies: its span, or the one its first log was written in. */
  readonly place: Node | undefined
  readonly reading: Reading
  readonly begins: bigint
  said: CallFacts
  /** Logs alone: the one that told the result. */
  settled?: Reading
}

export type ToolSpans = {
  /** In the order (start, key). */
  readonly sources: Source[]
  /** Spans → the call they are, or are within. */
  readonly ownerOf: ReadonlyMap<Node, Source>
  readonly folded: Folded[]
}

/** One source for each call that has spans: transports, details and its own inner spans are folded in. */
export const toolSpans = (nodes: readonly Node[]): ToolSpans => {
  const ownerOf = new Map<Node, Source>()
  const folded: Folded[] = []
  const sources: Source[] = []
  for (const node of topDown(nodes)) {
    const { reading } = node
    if (!isTool(node) && !isTransport(node) && reading.role !== 'detail') continue
    const outer = above(node, isToolOrTransport, isAgentOrModel)
    const owner = outer && ownerOf.get(outer)
    const reason = owner && reasonToFold(owner.said, outer?.reading, reading)
    if (owner !== undefined && reason !== undefined) {
      ownerOf.set(node, owner)
      owner.said = { ...withError(reading), ...owner.said }
      folded.push({ reading, reason })
    } else if (reading.role !== 'detail') {
      const source: Source = { node, place: node, reading, begins: node.begins, said: withError(reading) }
      ownerOf.set(node, source)
      sources.push(source)
    }
  }
  sources.sort((a, b) => compare(a.begins, b.begins) || compare(a.reading.key, b.reading.key))
  return { sources, ownerOf, folded }
}

const isTransport = (node: Node): boolean => node.reading.role === 'transport'
const isToolOrTransport = (node: Node): boolean => isTool(node) || isTransport(node)
const isAgentOrModel = (node: Node): boolean => isAgent(node) || isModel(node)

const reasonToFold = (said: CallFacts, outer: Reading | undefined, inner: Reading): string | undefined => {
  if (inner.role === 'detail') return 'detail of a tool call'
  if (inner.role === 'transport') return 'transport of a tool call'
  if (inner.told?.stepType !== undefined && outer?.told?.stepType !== undefined) return undefined
  return isSameCall(said, inner.call) ? 'tool call within its own call' : undefined
}

const isSameCall = (outer: CallFacts, inner: CallFacts | undefined): boolean => {
  if (outer.id !== undefined && inner?.id !== undefined) return outer.id === inner.id
  return outer.name !== undefined && outer.name === inner?.name && canonical(outer.arguments) === canonical(inner.arguments)
}

/** What a span or log says of its call; an error it ended with is the call's, and its output where there is no other. */
export const withError = ({ call = {}, error }: Reading): CallFacts => {
  if (error === undefined) return call
  // What only the output's shape shows is said by the error as well.
  const { errorInferred: _, ...said } = call
  return { output: error.message, ...said, isError: call.isError ?? true }
}
