import type { Reading } from '../conventions/reading.ts'

/** A span in its run's tree. Children in the order (start, key). */
export type Node = {
  reading: Reading
  parent: Node | undefined
  readonly children: Node[]
  /** The span without a parent that it hangs from: itself for a root. */
  root: Node
  /** The nearest span above that is something to a run: neither structure nor a detail. */
  near: Node | undefined
  /** The nearest agent span above, not itself. */
  agent: Node | undefined
  /** What its clock is behind that of what it lies in: with it no span begins before its parent. For order alone, never shown. */
  shift: bigint
  /** How much later than it seems it has ended, since what lies in it has. For order alone, never shown. */
  lag: bigint
  /** Start and end, shifted. */
  begins: bigint
  ends: bigint
}

/** The spans of a run as a tree: orphans are roots, a cycle is cut. `readings` come in the order (start, key), and so do the nodes. */
export const treeFrom = (readings: readonly Reading[]): readonly Node[] => {
  const nodes = readings.filter(r => r.about === 'span').map(nodeFrom)
  const bySpan = new Map(nodes.map(node => [node.reading.key, node]))
  for (const node of nodes)
    node.parent = node.reading.parent === undefined ? undefined : bySpan.get(`${node.reading.traceId}/${node.reading.parent}`)
  cutCycles(nodes)
  for (const node of nodes) node.parent?.children.push(node)
  const ordered = topDown(nodes)
  for (const node of ordered) {
    for (const child of node.children) inherit(child, node)
    if (node.children.length > 0) shiftChildren(node)
  }
  for (const node of ordered.toReversed()) outlast(node)
  return nodes
}

const nodeFrom = (reading: Reading): Node => {
  const place = { parent: undefined, children: [], near: undefined, agent: undefined }
  const node: Omit<Node, 'root'> = { reading, ...place, shift: 0n, lag: 0n, begins: reading.start, ends: endOf(reading) }
  // Its own root until a parent is known.
  return Object.assign(node, { root: node as Node })
}

const cutCycles = (nodes: readonly Node[]): void => {
  const seenFrom = new Map<Node, Node>()
  for (const origin of nodes) {
    for (let at: Node | undefined = origin; at !== undefined; at = at.parent) {
      const seen = seenFrom.get(at)
      if (seen === origin) at.parent = undefined
      if (seen !== undefined) break
      seenFrom.set(at, origin)
    }
  }
}

/** Parents before children, whatever the depth. */
export const topDown = (nodes: readonly Node[]): readonly Node[] => {
  const ordered = nodes.filter(node => node.parent === undefined)
  for (let i = 0; i < ordered.length; i++) for (const child of ordered[i]?.children ?? []) ordered.push(child)
  return ordered
}

const inherit = (node: Node, parent: Node): void => {
  const { role } = parent.reading
  node.root = parent.root
  node.near = role === 'other' || role === 'detail' ? parent.near : parent
  node.agent = role === 'agent' ? parent : parent.agent
  if (isStamped(node)) node.reading = { ...node.reading, role: 'other' }
}

// Span processors stamp an agent's id on every span of its: below a span of that agent it makes no other agent.
const isStamped = ({ reading, agent }: Node): boolean =>
  reading.stamped === true && agent !== undefined && reading.agent?.id !== undefined && reading.agent.id === idOf(agent.reading)

const idOf = ({ agent }: Reading): string | undefined => agent?.id ?? agent?.name

// Children of one service have one clock: those that seem to begin before their parent are moved together, in their order.
const shiftChildren = ({ children, reading: { start, end }, shift, begins }: Node): void => {
  const isPlausible = end === 'open' || start <= end
  const earliest = new Map<string, bigint>()
  for (const child of children) {
    child.shift = shift
    const at = child.reading.start + shift
    const service = clockOf(child)
    const known = earliest.get(service)
    if (isPlausible && at < begins && (known === undefined || at < known)) earliest.set(service, at)
  }
  for (const child of children) {
    const at = child.reading.start + child.shift
    const first = earliest.get(clockOf(child))
    if (first !== undefined && at < begins) child.shift += begins + 1n - first
    child.begins += child.shift
    child.ends += child.shift
  }
}

/** The clock of OTel JS: a span's start is cut to the millisecond, and its end measured from there. */
export const clockGrainNs = 1_000_000n

// What seems to end within a grain of the clock before what lies in it has ended after it.
const outlast = (node: Node): void => {
  if (node.reading.end === 'open') return
  for (const child of node.children) {
    const late = child.ends + child.lag - node.ends
    if (late >= node.lag && late < clockGrainNs) node.lag = late + 1n
  }
}

// A start that is not known is no clock's.
const clockOf = ({ reading: { start, resource } }: Node): string => (start === 0n ? '' : `of ${resource?.service ?? ''}`)

/** The nearest span above that `is`, not looking further than one that `stops`. Structure and details are never looked at. */
export const above = (node: Node, is: (node: Node) => boolean, stops: (node: Node) => boolean = () => false): Node | undefined => {
  for (let at = node.near; at !== undefined; at = at.near) {
    if (is(at)) return at
    if (stops(at)) return undefined
  }
  return undefined
}

export const isAgent = (node: Node): boolean => node.reading.role === 'agent'
export const isModel = (node: Node): boolean => node.reading.role === 'model'
export const isTool = (node: Node): boolean => node.reading.role === 'tool'

/** Its end; its start while it is open, or where it ended before it began. */
export const endOf = (reading: Reading): bigint => (reading.end === 'open' || reading.end < reading.start ? reading.start : reading.end)

/** Milliseconds from start to end; null where one of them is not known, and for a log that tells of an instant. */
export const latencyOf = ({ about, start, end }: Reading): number | null =>
  end === 'open' || end < start || start === 0n || (about !== 'span' && end === start) ? null : Number(end - start) / 1e6

export const later = (a: bigint, b: bigint): bigint => (a > b ? a : b)
