import type { Reading } from '../conventions/reading.ts'
import { createLane, grouped, type Lane } from './lane.ts'
import { modelAbove } from './model-spans.ts'
import { isModel, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** Where the logs about model calls belong: to the span of a call, or (`loose`) to a call that logs alone tell of. */
export type Placed = { readonly joined: readonly (readonly [Node, Reading])[]; readonly loose: readonly Loose[] }
export type Loose = { readonly logs: readonly Reading[]; readonly place: Node | undefined }

/**
 * A log belongs to the model call whose span it names; else, of the calls beside which it was written (in the same span, or the
 * same group or conversation and agent), to the last that had begun, each taking one log of a name. Logs of a span that is not there yet are one call.
 */
export const placeModelLogs = (nodes: readonly Node[], standsFor: ReadonlyMap<Node, Node>, logs: readonly Reading[]): Placed => {
  const byKey = new Map(nodes.map(node => [node.reading.key, node]))
  const kept = nodes.filter(node => standsFor.get(node) === node)
  const joined: (readonly [Node, Reading])[] = []
  const beside: { readonly log: Reading; readonly place: Node | undefined }[] = []
  const awaited: Reading[] = []
  for (const log of logs.filter(l => l.about === 'model').toSorted(byTime)) {
    const place = log.spanId === undefined ? undefined : byKey.get(`${log.traceId}/${log.spanId}`)
    const model = place && (isModel(place) ? place : modelAbove(place))
    const into = model && standsFor.get(model)
    if (into !== undefined) joined.push([into, log])
    else if (place === undefined && log.spanId !== undefined && log.beside !== true) awaited.push(log)
    else beside.push({ log, place })
  }
  const { bucketOf, take } = createLanes(kept)
  const left = beside.filter(({ log, place }) => {
    const into = take(log, place)
    if (into !== undefined) joined.push([into, log])
    return into === undefined
  })
  const bySpan = [...grouped(awaited, log => `${log.traceId}/${log.spanId}`).values()].map(of => ({ logs: of, place: undefined }))
  return { joined, loose: [...bySpan, ...[...grouped(left, l => bucketOf(l.log, l.place)).values()].flatMap(splitByName)] }
}

const byTime = (a: Reading, b: Reading): number => compare(a.start, b.start) || (a.ordinal ?? 0) - (b.ordinal ?? 0) || compare(a.key, b.key)

type BucketOf = (log: Reading, place: Node | undefined) => string

// One conversation may lie in several groups.
const besideKey = ({ group, episode }: Reading, agent: Reading['agent']): string =>
  `${episode?.conversation ?? group}\n${agent?.id ?? agent?.name ?? ''}`

// One lane for each place and name of log, so that a call takes one log of each kind.
const createLanes = (
  models: readonly Node[],
): { readonly bucketOf: BucketOf; readonly take: (log: Reading, place: Node | undefined) => Node | undefined } => {
  const byPlace = new Map<string, Node[]>()
  const add = (key: string | undefined, node: Node): void => {
    if (key !== undefined) byPlace.set(key, byPlace.get(key) ?? [])
    if (key !== undefined) byPlace.get(key)?.push(node)
  }
  for (const node of models) {
    for (const key of new Set([node.parent?.reading.key, node.near?.reading.key])) add(key, node)
    add(besideKey(node.reading, ownAgent(node)), node)
  }
  // What is around a log that was written beside its call matters only where calls lie in it too.
  const bucketOf: BucketOf = (log, place) =>
    place !== undefined && (log.beside !== true || byPlace.has(place.reading.key)) ? place.reading.key : besideKey(log, log.agent)
  const lanes = new Map<string, { readonly lane: Lane<Node>; readonly taken: Set<Node> }>()
  const take = (log: Reading, place: Node | undefined): Node | undefined => {
    const bucket = bucketOf(log, place)
    const list = byPlace.get(bucket)
    if (list === undefined) return undefined
    const key = `${bucket}\n${log.name}`
    const taken = lanes.get(key)?.taken ?? new Set<Node>()
    const lane =
      lanes.get(key)?.lane ??
      createLane(
        list,
        n => n.reading.start,
        n => taken.has(n),
      )
    lanes.set(key, { lane, taken })
    const found = lane.latest(log.start) ?? lane.first() ?? list.at(-1)
    if (found !== undefined) taken.add(found)
    return found
  }
  return { bucketOf, take }
}

// The run's own agent is nobody in particular: its logs do not name it.
const ownAgent = (node: Node): Reading['agent'] =>
  node.reading.agent ?? (node.agent?.agent === undefined ? undefined : node.agent.reading.agent)

// Written one after the other: a name that comes again begins the next call.
const splitByName = (list: readonly { readonly log: Reading; readonly place: Node | undefined }[]): readonly Loose[] => {
  const calls: { readonly logs: Reading[]; readonly place: Node | undefined; readonly names: Set<string> }[] = []
  for (const { log, place } of list) {
    const last = calls.at(-1)
    if (last === undefined || last.names.has(log.name)) calls.push({ logs: [log], place, names: new Set([log.name]) })
    else {
      last.logs.push(log)
      last.names.add(log.name)
    }
  }
  return calls
}
