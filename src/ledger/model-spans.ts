import { above, endOf, isAgent, isModel, isTool, type Node, topDown } from './tree.ts'

/** The model call a span lies in, never across a tool or an agent. */
export const modelAbove = (node: Node): Node | undefined => above(node, isModel, at => isTool(at) || isAgent(at))

/**
 * Every model span → the span that stands for its call: the innermost of a nest (a told one first), and one of two that bear
 * the same response id at the same time.
 */
export const standIns = (nodes: readonly Node[]): ReadonlyMap<Node, Node> => {
  const models = topDown(nodes).filter(isModel)
  const firstInner = new Map<Node, Node>()
  const toldAbove = new Map<Node, Node>()
  for (const node of models) {
    const outer = modelAbove(node)
    if (outer === undefined) continue
    if (!firstInner.has(outer)) firstInner.set(outer, node)
    const told = isTold(outer) ? outer : toldAbove.get(outer)
    if (told !== undefined) toldAbove.set(node, told)
  }
  const standsFor = new Map<Node, Node>()
  for (const node of models.toReversed()) {
    const inner = firstInner.get(node)
    standsFor.set(node, isTold(node) ? node : (toldAbove.get(node) ?? (inner && standsFor.get(inner)) ?? node))
  }
  return withoutTwins(nodes.filter(isModel), standsFor)
}

/** Model spans around several model calls, such as a loop around its turns: they repeat them and belong to none. */
export const aggregatesOf = (standsFor: ReadonlyMap<Node, Node>): ReadonlySet<Node> => {
  const within = new Map<Node, number>()
  for (const [node, standIn] of standsFor) {
    if (node !== standIn) continue
    for (let at = modelAbove(node); at !== undefined; at = modelAbove(at)) within.set(at, (within.get(at) ?? 0) + 1)
  }
  return new Set([...within].flatMap(([node, calls]) => (calls > 1 && standsFor.get(node) !== node ? [node] : [])))
}

const isTold = ({ reading }: Node): boolean => reading.told?.stepType !== undefined

// Two instrumentations of one call side by side. Small servers repeat ids, so they must overlap; one within the other was
// looked at before: what is still there has a tool or an agent in between.
const withoutTwins = (models: readonly Node[], standsFor: ReadonlyMap<Node, Node>): ReadonlyMap<Node, Node> => {
  const bare = bareTwins(models, standsFor)
  const byResponse = new Map<string, Node>()
  const twins = new Map<Node, Node>(bare)
  for (const node of models) {
    const id = node.reading.usage?.responseId
    if (standsFor.get(node) !== node || bare.has(node) || !id) continue
    const first = byResponse.get(id)
    if (first !== undefined && overlaps(first, node) && !isTold(node) && !isWithin(node, first)) twins.set(node, first)
    else byResponse.set(id, node)
  }
  return twins.size === 0 ? standsFor : new Map([...standsFor].map(([node, to]) => [node, twins.get(to) ?? to]))
}

// Anthropic's SDK tells its calls itself, without content, beside whoever instruments them: under one parent, while the other lasts.
const bareTwins = (models: readonly Node[], standsFor: ReadonlyMap<Node, Node>): ReadonlyMap<Node, Node> => {
  const found = new Map<Node, Node>()
  const last = new Map<Node | undefined, Node>()
  for (const node of models) {
    if (standsFor.get(node) !== node || isTold(node) || node.parent === undefined) continue
    const around = last.get(node.parent)
    if (isBare(node) && around !== undefined && endOf(node.reading) <= endOf(around.reading)) found.set(node, around)
    else if (!isBare(node)) last.set(node.parent, node)
  }
  return found
}

const isBare = ({ reading }: Node): boolean => reading.captured === false && reading.text === undefined && reading.reasoning === undefined

const overlaps = (a: Node, b: Node): boolean => a.reading.start <= endOf(b.reading) && b.reading.start <= endOf(a.reading)

const isWithin = (inner: Node, outer: Node): boolean => above(inner, at => at === outer) !== undefined
