import type { ErrorFacts, Given, Reading, Usage } from '../conventions/reading.ts'
import type { Price } from '../model/price.ts'
import { givenOf } from './model-given.ts'
import { placeModelLogs } from './model-logs.ts'
import { aggregatesOf, modelAbove, standIns } from './model-spans.ts'
import { endOf, isModel, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** One call of a model, with what every span and log says of it. */
export type ModelCall = {
  readonly key: string
  readonly group: string
  /** Its innermost span; absent where logs alone tell of it. */
  readonly node: Node | undefined
  /** Where it lies: its span, or the one its logs were written in. */
  readonly place: Node | undefined
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
  /** By a price list; only where no cost was sent. */
  readonly price?: Price
  readonly error: ErrorFacts | undefined
  readonly captured: boolean
}

export type Models = {
  /** In the order (start, key). */
  readonly calls: readonly ModelCall[]
  /** Why spans and logs became part of a model call, and of which span. */
  readonly folded: readonly Folded[]
}

export type Folded = { readonly reading: Reading; readonly reason: string }

/** The model calls of a run: innermost spans, with outer spans, details and logs folded in. */
export const modelCalls = (nodes: readonly Node[], logs: readonly Reading[]): Models => {
  const sources = new Map<Node, Reading[]>()
  const folded: Folded[] = []
  const fold = (into: Node, reading: Reading, reason: string): void => {
    sources.get(into)?.push(reading)
    folded.push({ reading, reason })
  }
  const standsFor = standIns(nodes)
  const aggregates = aggregatesOf(standsFor)
  for (const node of standsFor.values()) sources.set(node, [])
  for (const node of nodes) {
    const into = standInOf(node, standsFor)
    if (into === undefined || into === node) continue
    if (aggregates.has(node)) folded.push({ reading: node.reading, reason: 'sum of several model calls' })
    else fold(into, node.reading, isModel(node) ? 'model call around a model call' : 'detail of a model call')
  }
  const { joined, loose } = placeModelLogs(nodes, standsFor, logs)
  for (const [into, log] of joined) fold(into, log, 'log of a model call')
  const told = loose.flatMap(({ logs: [first, ...more], place }) => (first === undefined ? [] : [modelCall(first, more, undefined, place)]))
  const calls = [...[...sources].map(([node, more]) => modelCall(node.reading, more, node, node)), ...told]
  calls.sort((a, b) => compare(a.start, b.start) || compare(a.key, b.key))
  fillFromHistory(calls)
  return { calls, folded }
}

// The call a model span is part of, or a detail of it.
const standInOf = (node: Node, standsFor: ReadonlyMap<Node, Node>): Node | undefined => {
  const model = isModel(node) ? node : node.reading.role === 'detail' ? modelAbove(node) : undefined
  return model && standsFor.get(model)
}

/** `first` is believed before `more`. */
const modelCall = (first: Reading, more: readonly Reading[], node: Node | undefined, place: Node | undefined): ModelCall => {
  const all = [first, ...more]
  const pick = <T>(of: (reading: Reading) => T | undefined): T | undefined => {
    for (const reading of all) {
      const value = of(reading)
      if (value !== undefined) return value
    }
    return undefined
  }
  const calls = listOf(first, more, r => r.calls)
  const pieces = fragmentsOf(more)
  const told = pick(r => r.text || undefined)
  // Of a streamed answer that is known as a whole, what is not in it was thought.
  const isWhole = told !== undefined || calls.length > 0
  const text = told ?? (isWhole ? undefined : pieces.join('') || undefined)
  const thought = isWhole ? pieces.filter(piece => !told?.includes(piece)).join('\n') : ''
  return {
    key: node === undefined && first.spanId !== undefined && place === undefined ? `${first.traceId}/${first.spanId}` : first.key,
    group: first.group,
    node,
    place,
    reading: first,
    start: node?.begins ?? first.start,
    end: node?.ends ?? endOf(first),
    open: first.end === 'open',
    text: text ?? pick(r => r.text),
    reasoning: pick(r => r.reasoning || undefined) ?? (thought || undefined),
    calls,
    results: listOf(first, more, r => r.results),
    given: givenOf(all),
    files: listOf(first, more, r => r.files),
    usage: Object.assign({}, ...all.map(r => r.usage ?? {}).reverse()),
    error: mergedError(all),
    captured: text !== undefined || calls.some(c => c.arguments !== undefined) || all.every(r => r.captured !== false),
  }
}

// What is around a call or tells of it again repeats the list; its details each tell a piece of it.
const listOf = <T>(first: Reading, more: readonly Reading[], of: (reading: Reading) => readonly T[] | undefined): readonly T[] => {
  const whole = [first, ...more].find(r => r.role !== 'detail' && (of(r)?.length ?? 0) > 0)
  return (whole && of(whole)) ?? more.flatMap(r => of(r) ?? [])
}

const fragmentsOf = (readings: readonly Reading[]): readonly string[] =>
  readings
    .filter(r => r.fragment !== undefined)
    .toSorted((a, b) => compare(a.start, b.start) || compare(a.key, b.key))
    .flatMap(r => r.fragment ?? [])

const mergedError = (all: readonly Reading[]): ErrorFacts | undefined => {
  const [first, ...others] = all.flatMap(r => (r.error === undefined ? [] : [r.error]))
  const traceback = first?.traceback ?? others.find(e => e.traceback !== undefined)?.traceback
  return first === undefined || traceback === undefined ? first : { ...first, traceback }
}

// Some senders tell the reasoning of a turn only when they replay it to the next call of the same agent.
const fillFromHistory = (calls: readonly ModelCall[]): void => {
  const last = new Map<Node | undefined, ModelCall>()
  for (const call of calls) {
    const before = last.get(call.place?.agent)
    if (before !== undefined) before.reasoning ??= call.given?.reasoning
    last.set(call.place?.agent, call)
  }
}
