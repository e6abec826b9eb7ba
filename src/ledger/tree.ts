import type { Reading } from '../conventions/reading.ts'

/** A span in its run's tree. Children in the order (start, key). */
export type Node = {
  readonly reading: Reading
  parent: Node | undefined
  readonly children: Node[]
  /** The nearest agent span above, not itself. */
  agent: Node | undefined
  /** Its start, but never before the start of what it lies in: clocks of two machines differ. */
  begins: bigint
}

/** The spans of a run as a tree: orphans are roots, a cycle is cut at its first span. `readings` come in the order (start, key). */
export const treeFrom = (readings: readonly Reading[]): readonly Node[] => {
  const nodes = readings.filter(r => r.about === 'span').map(nodeFrom)
  const bySpan = new Map(nodes.map(node => [node.reading.key, node]))
  for (const node of nodes)
    node.parent = node.reading.parent === undefined ? undefined : bySpan.get(`${node.reading.traceId}/${node.reading.parent}`)
  cutCycles(nodes)
  for (const node of nodes) node.parent?.children.push(node)
  for (const node of topDown(nodes)) inherit(node)
  return nodes
}

const nodeFrom = (reading: Reading): Node => ({ reading, parent: undefined, children: [], agent: undefined, begins: reading.start })

const cutCycles = (nodes: readonly Node[]): void => {
  const seenIn = new Map<Node, Node>()
  for (const origin of nodes) {
    for (let at: Node | undefined = origin; at !== undefined; at = at.parent) {
      const seen = seenIn.get(at)
      if (seen === origin) origin.parent = undefined
      if (seen !== undefined) break
      seenIn.set(at, origin)
    }
  }
}

/** Parents before children, whatever the depth. */
export const topDown = (nodes: readonly Node[]): readonly Node[] => {
  const ordered = nodes.filter(node => node.parent === undefined)
  for (let i = 0; i < ordered.length; i++) for (const child of ordered[i]?.children ?? []) ordered.push(child)
  return ordered
}

const inherit = (node: Node): void => {
  const { parent } = node
  if (parent === undefined) return
  node.agent = parent.reading.role === 'agent' ? parent : parent.agent
  const { start, end } = parent.reading
  if ((end === 'open' || start <= end) && parent.begins > node.begins) node.begins = parent.begins
}

/** The nearest span above that `is`, not looking further than one that `stops`. */
export const above = (node: Node, is: (node: Node) => boolean, stops: (node: Node) => boolean = () => false): Node | undefined => {
  for (let at = node.parent; at !== undefined; at = at.parent) {
    if (is(at)) return at
    if (stops(at)) return undefined
  }
  return undefined
}

export const isAgent = (node: Node): boolean => node.reading.role === 'agent'
export const isModel = (node: Node): boolean => node.reading.role === 'model'
export const isTool = (node: Node): boolean => node.reading.role === 'tool'

/** Its end, its start while it is open. */
export const endOf = (reading: Reading): bigint => (reading.end === 'open' || reading.end < reading.start ? reading.start : reading.end)
