import type { CallFacts, Reading } from '../conventions/reading.ts'
import { grouped, type Lane, lanesBy } from './lane.ts'
import { type Source, type ToolSpans, withError } from './tool-spans.ts'
import { above, isAgent, isModel, type Node } from './tree.ts'
import { compare } from './unique.ts'

/**
 * Adds what logs say of calls: to the call of their id, else of the span they were written in, else to the last of that name
 * that had begun. Logs of calls without a span make sources of their own, which are returned.
 */
export const joinToolLogs = (
  { sources, ownerOf, folded }: ToolSpans,
  nodes: readonly Node[],
  logs: readonly Reading[],
): readonly Source[] => {
  const about = logs.filter(l => l.about === 'call').toSorted(byTime)
  if (about.length === 0) return []
  const byKey = new Map(nodes.map(node => [node.reading.key, node]))
  const placeOf = (log: Reading): Node | undefined => byKey.get(`${log.traceId}/${log.spanId}`)
  const find = createFinder(sources, ownerOf, placeOf)
  const left = about.filter(log => {
    const source = find(log)
    if (source === undefined) return true
    source.said = { ...withError(log), ...source.said }
    folded.push({ reading: log, reason: 'log of a tool call' })
    return false
  })
  const calls = grouped(left, log => `${log.group}\n${log.call?.id ?? `${placeOf(log)?.reading.key ?? ''}\n${log.call?.name ?? ''}`}`)
  return [...calls.values()].flatMap(splitByName).flatMap(list => sourceFrom(list, placeOf))
}

const byTime = (a: Reading, b: Reading): number => compare(a.start, b.start) || (a.ordinal ?? 0) - (b.ordinal ?? 0) || compare(a.key, b.key)

const createFinder = (
  sources: readonly Source[],
  ownerOf: ReadonlyMap<Node, Source>,
  placeOf: (log: Reading) => Node | undefined,
): ((log: Reading) => Source | undefined) => {
  const ordered = sources.toSorted((a, b) => compare(a.reading.start, b.reading.start) || compare(a.reading.key, b.reading.key))
  const lanes = (keyOf: (said: CallFacts) => string | undefined): ReadonlyMap<string, Lane<Source>> =>
    lanesBy(
      ordered,
      s => keyOf(s.said),
      s => s.reading.start,
      () => false,
    )
  const byId = lanes(said => said.id)
  const byName = lanes(said => said.name)
  const nearest = (lane: Lane<Source> | undefined, time: bigint): Source | undefined => lane?.latest(time) ?? lane?.first()
  return log => {
    const { id, name } = log.call ?? {}
    const named = id === undefined ? undefined : nearest(byId.get(id), log.start)
    if (named !== undefined) return named
    const place = placeOf(log)
    const inside =
      place &&
      (ownerOf.get(place) ??
        ownerOf.get(
          above(
            place,
            at => ownerOf.has(at),
            at => isAgent(at) || isModel(at),
          ) ?? place,
        ))
    if (inside !== undefined && (id === undefined || inside.said.id === undefined)) return inside
    return id === undefined && name !== undefined ? byName.get(name)?.latest(log.start) : undefined
  }
}

// A log of the same name again tells of the next call, where ids come again or are not told.
const splitByName = (logs: readonly Reading[]): readonly (readonly Reading[])[] => {
  const calls: { readonly logs: Reading[]; readonly names: Set<string> }[] = []
  for (const log of logs) {
    const last = calls.at(-1)
    if (last === undefined || last.names.has(log.name)) calls.push({ logs: [log], names: new Set([log.name]) })
    else {
      last.logs.push(log)
      last.names.add(log.name)
    }
  }
  return calls.map(call => call.logs)
}

const sourceFrom = (logs: readonly Reading[], placeOf: (log: Reading) => Node | undefined): readonly Source[] => {
  const [first] = logs
  const said: CallFacts = Object.assign({}, ...logs.map(withError).reverse())
  if (first === undefined || (said.name === undefined && said.id === undefined)) return []
  const ending = logs.findLast(log => log.call?.output !== undefined || log.call?.isError !== undefined || log.error !== undefined)
  const source: Source = { node: undefined, place: placeOf(first), reading: first, begins: first.start, said }
  return [ending === undefined ? source : { ...source, settled: ending }]
}
