import type { CallFacts, CallPart, FilePart, Plan, Reading, ResultPart } from '../conventions/reading.ts'
import type { Json } from '../model/json.ts'
import { canonical } from './canonical.ts'
import type { ModelCall } from './models.ts'
import { above, endOf, isAgent, isModel, isTool, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** One call of a tool: asked for by a model, run in a span, or both. */
export type Call = {
  /** What it is known by: the model output that asked for it where there is one, else its span. */
  key: string
  readonly group: string
  readonly model: ModelCall | undefined
  readonly part: CallPart | undefined
  /** Its outermost span; absent where none ever came. */
  readonly node: Node | undefined
  readonly name: string
  readonly id: string | undefined
  readonly start: bigint
  readonly index: number
  readonly arguments: Json | undefined
  readonly captured: boolean
  readonly plan: Plan | undefined
  readonly files: readonly FilePart[]
  result: CallResult | undefined
}

export type CallResult = {
  readonly output: Json
  readonly isError: boolean
  readonly time: bigint
  readonly latencyMs: number | null
  readonly captured: boolean
  /** The span that tells the result, where it is another one than the call's. */
  readonly node?: Node
}

type Part = { readonly model: ModelCall; readonly part: CallPart; readonly index: number; taken: boolean }

export type Calls = { readonly calls: readonly Call[]; readonly folded: ReadonlyMap<string, number>; readonly standalone: readonly Node[] }

/** A tool may start this long before the model's span ends: spans are closed after the answer was handed on. */
const startToleranceNs = 5_000_000n

/** Every tool call of a run once, with at most one result, however many spans, parts, histories and logs tell of it. */
export const toolCalls = (nodes: readonly Node[], models: readonly ModelCall[], logs: readonly Reading[]): Calls => {
  const { kept, facts, folded } = toolSpans(nodes, logs)
  const parts = models.flatMap(model => model.calls.map((part, index): Part => ({ model, part, index, taken: false })))
  const match = createMatcher(parts)
  const spans = kept.map(node => ({ node, said: facts.get(node) ?? {}, part: match.byId(node, facts.get(node) ?? {}) }))
  const calls = spans.map(({ node, said, part }) => callFrom(part ?? match.byLikeness(node, said), node, said))
  for (const part of parts) if (!part.taken) calls.push(callFrom(part, undefined, {}))
  for (const log of logs) if (log.about === 'call' && !folded.logs.has(log) && log.call?.name !== undefined) calls.push(callFromLog(log))
  calls.sort((a, b) => compare(a.start, b.start) || a.index - b.index || compare(a.key, b.key))
  const standalone = joinToldResults(nodes, calls)
  harvestResults(models, calls)
  return { calls, folded: folded.counts, standalone }
}

type Folded = { readonly counts: Map<string, number>; readonly logs: Set<Reading> }

/** The spans that stand for a call, each with what the spans within it and its logs add. */
const toolSpans = (nodes: readonly Node[], logs: readonly Reading[]) => {
  const folded: Folded = { counts: new Map(), logs: new Set() }
  const facts = new Map<Node, CallFacts>()
  const add = (node: Node, said: CallFacts | undefined, reason: string): void => {
    facts.set(node, { ...said, ...facts.get(node) })
    folded.counts.set(reason, (folded.counts.get(reason) ?? 0) + 1)
  }
  const kept: Node[] = []
  for (const node of nodes) {
    const { role, call } = node.reading
    if (role !== 'tool' && role !== 'transport' && role !== 'detail') continue
    const outer = above(
      node,
      at => isTool(at) || at.reading.role === 'transport',
      at => isAgent(at) || isModel(at),
    )
    if (role === 'detail') {
      if (outer !== undefined) add(outermost(outer, facts), withError(node.reading), 'detail of a tool call')
    } else if (outer !== undefined && (role === 'transport' || isSameCall(outer.reading, node.reading)))
      add(outermost(outer, facts), withError(node.reading), 'tool call within its own call')
    else {
      facts.set(node, withError(node.reading, call))
      kept.push(node)
    }
  }
  joinLogs(kept, logs, add, folded)
  return { kept, facts, folded }
}

const outermost = (node: Node, facts: ReadonlyMap<Node, CallFacts>): Node => {
  let at: Node = node
  while (!facts.has(at) && at.parent !== undefined) at = at.parent
  return facts.has(at) ? at : node
}

const isSameCall = (outer: Reading, inner: Reading): boolean => {
  if (inner.told?.stepType !== undefined && outer.told?.stepType !== undefined) return false
  if (outer.call?.id !== undefined && inner.call?.id !== undefined) return outer.call.id === inner.call.id
  return (
    outer.call?.name !== undefined &&
    outer.call.name === inner.call?.name &&
    canonical(outer.call.arguments) === canonical(inner.call.arguments)
  )
}

const withError = (reading: Reading, call: CallFacts | undefined = reading.call): CallFacts => {
  if (reading.error === undefined) return call ?? {}
  return { ...call, isError: call?.isError ?? true, ...(call?.output === undefined ? { output: reading.error.message } : {}) }
}

type Add = (node: Node, said: CallFacts | undefined, reason: string) => void

const joinLogs = (kept: readonly Node[], logs: readonly Reading[], add: Add, folded: Folded): void => {
  const bySpan = new Map(kept.map(node => [node.reading.key, node]))
  const byId = new Map(kept.flatMap(node => (node.reading.call?.id === undefined ? [] : [[node.reading.call.id, node] as const])))
  for (const log of logs) {
    if (log.about !== 'call') continue
    const node = byId.get(log.call?.id ?? '') ?? bySpan.get(`${log.traceId}/${log.spanId}`)
    if (node === undefined) continue
    add(node, withError(log), 'log of a tool call')
    folded.logs.add(log)
  }
}

const createMatcher = (parts: readonly Part[]) => {
  const byId = grouped(
    parts.filter(p => p.part.id !== undefined),
    p => p.part.id ?? '',
  )
  const byName = grouped(parts, p => p.part.name)
  const take = (part: Part | undefined): Part | undefined => {
    if (part !== undefined) part.taken = true
    return part
  }
  const precedes = (part: Part, node: Node): boolean => part.model.start <= node.begins + startToleranceNs
  return {
    // Gateways count `call_0` anew every turn: the nearest earlier output is the one that asked.
    byId: (node: Node, said: CallFacts): Part | undefined => {
      const found = byId.get(said.id ?? '')?.filter(p => !p.taken)
      return take(found?.findLast(p => precedes(p, node)) ?? found?.[0])
    },
    // Retries repeat identical arguments: the earliest that is free, and a tool does not run before it was asked for.
    byLikeness: (node: Node, said: CallFacts): Part | undefined => {
      if (said.name === undefined) return undefined
      const list = byName.get(said.name)
      while (list?.[0]?.taken) list.shift()
      const free = (p: Part): boolean =>
        !p.taken &&
        (said.id === undefined || p.part.id === undefined) &&
        p.model.end <= node.begins + startToleranceNs &&
        p.model.node?.agent === node.agent
      const wanted = canonical(said.arguments)
      return take(
        list?.find(
          p => free(p) && (said.arguments === undefined || p.part.arguments === undefined || canonical(p.part.arguments) === wanted),
        ),
      )
    },
  }
}

const grouped = <T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

const callFrom = (from: Part | undefined, node: Node | undefined, said: CallFacts): Call => {
  const { model, part, index = 0 } = from ?? {}
  const reading = node?.reading ?? model?.reading
  const name = said.name ?? part?.name ?? node?.reading.name ?? 'tool'
  const args = said.arguments ?? part?.arguments
  return {
    key: model === undefined ? `call:${node?.reading.key}` : `call:${model.key}:${index}`,
    group: (model?.group ?? reading?.group) || '',
    model,
    part,
    node,
    name: node?.reading.role === 'transport' && part !== undefined ? part.name : name,
    id: said.id ?? part?.id,
    start: node?.begins ?? model?.end ?? 0n,
    index,
    arguments: args,
    captured: args !== undefined || node?.reading.captured !== false,
    plan: said.plan ?? part?.plan,
    files: [...(said.files ?? []), ...(part?.files ?? [])],
    result: node === undefined ? undefined : spanResult(node, said),
  }
}

const spanResult = (node: Node, said: CallFacts): CallResult | undefined => {
  const { end, start, told, captured } = node.reading
  if (end === 'open') return undefined
  if (said.output === undefined && !said.isError && told?.stepType !== undefined) return undefined
  const latency = end >= start ? Number(end - start) / 1e6 : null
  return {
    output: said.output ?? null,
    isError: said.isError ?? false,
    time: maxOf(endOf(node.reading), node.begins),
    latencyMs: latency,
    captured: said.output !== undefined || captured !== false,
  }
}

const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)

const callFromLog = (log: Reading): Call => {
  const said = withError(log)
  const result = {
    output: said.output ?? null,
    isError: said.isError ?? false,
    time: log.start,
    latencyMs: null,
    captured: said.output !== undefined,
  }
  const base = callFrom(undefined, undefined, said)
  return { ...base, key: `call:${log.key}`, group: log.group, start: log.start, captured: said.arguments !== undefined, result }
}

/** Results that the agent told as spans of their own join the call of their id; returns those without one. */
const joinToldResults = (nodes: readonly Node[], calls: readonly Call[]): readonly Node[] => {
  const byId = grouped(
    calls.filter(c => c.id !== undefined),
    c => c.id ?? '',
  )
  return nodes.filter(node => {
    const { told, call } = node.reading
    if (told?.stepType !== 'tool_result') return false
    const found = byId
      .get(call?.id ?? told.callId ?? '')
      ?.findLast(c => c.result === undefined && c.start <= maxOf(endOf(node.reading), node.begins))
    if (found === undefined) return true
    found.result = toldResult(node)
    return false
  })
}

/** The result a span that is a tool_result tells. */
export const toldResult = (node: Node): CallResult => {
  const said = withError(node.reading)
  const { end, start } = node.reading
  return {
    output: said.output ?? null,
    isError: said.isError ?? false,
    time: endOf(node.reading),
    latencyMs: end !== 'open' && end >= start ? Number(end - start) / 1e6 : null,
    captured: true,
    node,
  }
}

/** Results that only the next model call's input tells: of failed tools without a span, of calls that nobody instruments. */
const harvestResults = (models: readonly ModelCall[], calls: readonly Call[]): void => {
  const waiting = calls.filter(c => c.result === undefined || !c.result.captured)
  const byId = grouped(
    waiting.filter(c => c.id !== undefined),
    c => c.id ?? '',
  )
  const byName = grouped(
    waiting.filter(c => c.id === undefined),
    c => c.name,
  )
  for (const model of models) {
    for (const result of model.results) settle(byId, byName, result, model.end)
    for (const result of model.given?.results ?? []) settle(byId, byName, result, model.start)
  }
}

type ByKey = ReadonlyMap<string, Call[]>

const settle = (byId: ByKey, byName: ByKey, result: ResultPart, time: bigint): void => {
  const candidates =
    (result.callId === undefined ? undefined : byId.get(result.callId)) ?? (result.name === undefined ? undefined : byName.get(result.name))
  const free = (c: Call): boolean =>
    (c.result === undefined || !c.result.captured) &&
    c.start <= time + startToleranceNs &&
    (c.node === undefined || c.node.reading.end !== 'open')
  const call = result.callId === undefined ? candidates?.find(free) : candidates?.findLast(free)
  if (call === undefined) return
  const known = call.result
  call.result = {
    output: result.output,
    isError: result.isError ?? known?.isError ?? false,
    time: known?.time ?? maxOf(time, call.start),
    latencyMs: known?.latencyMs ?? null,
    captured: true,
  }
}
