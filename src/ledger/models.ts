import type { ErrorFacts, Given, Reading, Usage } from '../conventions/reading.ts'
import { above, endOf, isAgent, isModel, isTool, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** One call of a model, with what every span and log says of it. */
export type ModelCall = {
  readonly key: string
  readonly group: string
  /** Its innermost span; absent where logs alone tell of it. */
  readonly node: Node | undefined
  readonly reading: Reading
  readonly start: bigint
  readonly end: bigint
  readonly open: boolean
  readonly text: string | undefined
  reasoning: string | undefined
  readonly calls: NonNullable<Reading['calls']>
  readonly results: NonNullable<Reading['results']>
  readonly given: Given | undefined
  readonly files: NonNullable<Reading['files']>
  readonly usage: Usage
  readonly error: ErrorFacts | undefined
  readonly captured: boolean
}

export type Models = {
  /** In the order (start, key). */
  readonly calls: readonly ModelCall[]
  /** Spans and logs that became part of a model call, by what they were. */
  readonly folded: ReadonlyMap<string, number>
}

/** The model calls of a run: innermost spans, with outer spans, details and logs folded in. */
export const modelCalls = (nodes: readonly Node[], logs: readonly Reading[]): Models => {
  const sources = new Map<Node, Reading[]>()
  const folded = new Map<string, number>()
  const fold = (into: Node, reading: Reading, reason: string): void => {
    sources.get(into)?.push(reading)
    folded.set(reason, (folded.get(reason) ?? 0) + 1)
  }
  const kept = innermost(nodes)
  for (const node of kept.values()) sources.set(node, sources.get(node) ?? [])
  for (const [outer, inner] of kept) if (outer !== inner) fold(inner, outer.reading, 'model call around a model call')
  for (const node of nodes) if (node.reading.role === 'detail') foldDetail(node, kept, fold)
  const loose = joinLogs(nodes, kept, logs, fold)
  const calls = [...[...sources].map(([node, more]) => modelCall(node.reading, more, node)), ...loose].sort(
    (a, b) => compare(a.start, b.start) || compare(a.key, b.key),
  )
  fillFromHistory(calls)
  return { calls, folded }
}

type Fold = (into: Node, reading: Reading, reason: string) => void

/** Every model span → the span that stands for its call. */
const innermost = (nodes: readonly Node[]): ReadonlyMap<Node, Node> => {
  const inner = new Map<Node, Node[]>()
  const models = nodes.filter(isModel)
  for (const node of models) {
    const outer = above(node, isModel, at => isTool(at) || isAgent(at))
    if (outer !== undefined) inner.set(outer, [...(inner.get(outer) ?? []), node])
  }
  const standsFor = new Map<Node, Node>()
  const resolve = (node: Node): Node => {
    const told = above(
      node,
      at => isModel(at) && at.reading.told?.stepType !== undefined,
      at => isTool(at) || isAgent(at),
    )
    if (told !== undefined && node.reading.told?.stepType === undefined) return told
    if (node.reading.told?.stepType !== undefined) return node
    let at = node
    for (let next = inner.get(at)?.[0]; next !== undefined; next = inner.get(at)?.[0]) at = next
    return at
  }
  for (const node of models) standsFor.set(node, resolve(node))
  return foldTwins(standsFor)
}

// Two instrumentations of one call side by side: the same response id, at the same time.
const foldTwins = (standsFor: ReadonlyMap<Node, Node>): ReadonlyMap<Node, Node> => {
  const byResponse = new Map<string, Node>()
  const twins = new Map<Node, Node>()
  for (const node of new Set(standsFor.values())) {
    const id = node.reading.usage?.responseId
    const first = id === undefined ? undefined : byResponse.get(id)
    if (
      first !== undefined &&
      first.reading.start <= endOf(node.reading) &&
      node.reading.start <= endOf(first.reading) &&
      node.reading.told?.stepType === undefined
    )
      twins.set(node, first)
    else if (id !== undefined) byResponse.set(id, node)
  }
  return twins.size === 0 ? standsFor : new Map([...standsFor].map(([node, to]) => [node, twins.get(to) ?? to]))
}

const foldDetail = (node: Node, kept: ReadonlyMap<Node, Node>, fold: Fold): void => {
  const model = above(node, isModel, at => isTool(at) || isAgent(at))
  const into = model && kept.get(model)
  if (into !== undefined) fold(into, node.reading, 'detail of a model call')
}

const joinLogs = (nodes: readonly Node[], kept: ReadonlyMap<Node, Node>, logs: readonly Reading[], fold: Fold): readonly ModelCall[] => {
  const byKey = new Map(nodes.map(node => [node.reading.key, node]))
  const loose = new Map<string, Reading[]>()
  for (const log of logs) {
    if (log.about !== 'model') continue
    const node = log.spanId === undefined ? undefined : byKey.get(`${log.traceId}/${log.spanId}`)
    const model = node && (isModel(node) ? node : above(node, isModel, at => isTool(at) || isAgent(at)))
    const into = model && kept.get(model)
    if (into !== undefined) fold(into, log, 'log of a model call')
    else {
      const key = log.spanId === undefined ? log.key : `${log.traceId}/${log.spanId}`
      loose.set(key, [...(loose.get(key) ?? []), log])
    }
  }
  return [...loose.values()].flatMap(([first, ...more]) => (first === undefined ? [] : [modelCall(first, more, undefined)]))
}

/** `first` is believed before `more`. */
const modelCall = (first: Reading, more: readonly Reading[], node: Node | undefined): ModelCall => {
  const all = [first, ...more]
  const pick = <T>(of: (reading: Reading) => T | undefined): T | undefined => {
    for (const reading of all) {
      const value = of(reading)
      if (value !== undefined) return value
    }
    return undefined
  }
  const given = mergedGiven(all)
  const text = pick(r => r.text || undefined)
  const calls = pick(r => r.calls) ?? []
  const error = mergedError(all)
  return {
    key: first.key,
    group: first.group,
    node,
    reading: first,
    start: node?.begins ?? first.start,
    end: endOf(first),
    open: first.end === 'open',
    text: text ?? pick(r => r.text),
    reasoning: pick(r => r.reasoning || undefined),
    calls,
    results: pick(r => r.results) ?? [],
    given,
    files: pick(r => r.files) ?? [],
    usage: Object.assign({}, ...all.map(r => r.usage ?? {}).reverse()),
    error,
    captured: text !== undefined || calls.length > 0 || all.some(r => r.captured !== false),
  }
}

const mergedGiven = (all: readonly Reading[]): Given | undefined => {
  const given = all.flatMap(r => (r.given === undefined ? [] : [r.given]))
  if (given.length <= 1) return given[0]
  return Object.assign({}, ...[...given].reverse(), {
    results: longest(given.map(g => g.results)),
    files: longest(given.map(g => g.files)),
  })
}

const longest = <T>(lists: readonly (readonly T[])[]): readonly T[] =>
  lists.reduce<readonly T[]>((best, list) => (list.length > best.length ? list : best), [])

const mergedError = (all: readonly Reading[]): ErrorFacts | undefined => {
  const [first, ...others] = all.flatMap(r => (r.error === undefined ? [] : [r.error]))
  const traceback = first?.traceback ?? others.find(e => e.traceback !== undefined)?.traceback
  return first === undefined || traceback === undefined ? first : { ...first, traceback }
}

// Some senders tell the reasoning of a turn only when they replay it to the next call of the same agent.
const fillFromHistory = (calls: readonly ModelCall[]): void => {
  const last = new Map<Node | undefined, ModelCall>()
  for (const call of calls) {
    const before = last.get(call.node?.agent)
    if (before !== undefined) before.reasoning ??= call.given?.reasoning
    last.set(call.node?.agent, call)
  }
}
