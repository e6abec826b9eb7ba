import type { Reading } from '../conventions/reading.ts'
import type { Call, CallResult, Calls } from './call.ts'
import { createMatcher, type Part } from './call-match.ts'
import { placeCalls } from './call-places.ts'
import type { ModelCall } from './models.ts'
import { harvestResults, joinToldResults } from './results.ts'
import { joinToolLogs } from './tool-logs.ts'
import { type Source, toolSpans } from './tool-spans.ts'
import { endOf, latencyOf, later, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** Every tool call of a run once, with at most one result, however many spans, parts, histories and logs tell of it. */
export const toolCalls = (nodes: readonly Node[], models: readonly ModelCall[], logs: readonly Reading[]): Calls => {
  const spans = toolSpans(nodes)
  const told = joinToolLogs(spans, nodes, logs)
  const sources = [...spans.sources, ...told].sort((a, b) => compare(a.begins, b.begins) || compare(a.reading.key, b.reading.key))
  const parts = models.flatMap(model => model.calls.map((part, index): Part => ({ model, part, index, taken: false })))
  const match = createMatcher(parts)
  const found = new Map(sources.map(source => [source, match.byId(source)]))
  const bySource = new Map(sources.map(source => [source, callFrom(found.get(source) ?? match.byLikeness(source), source)]))
  const calls = [...bySource.values(), ...parts.filter(part => !part.taken).map(part => callFrom(part, undefined))]
  calls.sort((a, b) => compare(a.start, b.start) || a.index - b.index || compare(a.key, b.key))
  const standalone = joinToldResults(nodes, calls)
  harvestResults(models, calls)
  placeCalls(calls)
  const ofNode = new Map(
    [...spans.ownerOf].flatMap(([node, source]) => {
      const call = bySource.get(source)
      return call === undefined ? [] : [[node, call] as const]
    }),
  )
  return { calls, folded: spans.folded, standalone, ofNode }
}

const callFrom = (from: Part | undefined, source: Source | undefined): Call => {
  const { model, part, index = 0 } = from ?? {}
  const { said = {}, node } = source ?? {}
  const reading = source?.reading ?? model?.reading
  const args = said.arguments ?? part?.arguments ?? said.outline
  return {
    key: model === undefined ? `call:${reading?.key}` : `call:${model.key}:${index}`,
    group: model?.group ?? reading?.group ?? '',
    model,
    part,
    node,
    place: source?.place ?? model?.place,
    reading,
    name: nameOf(from, source),
    id: said.id ?? part?.id,
    // No call happens before the model that asked for it was called, whatever the clocks say.
    start: later(source?.begins ?? model?.end ?? 0n, model === undefined ? 0n : model.start),
    index,
    delay: 0n,
    arguments: args,
    captured: args !== undefined || reading?.captured !== false,
    server: said.server,
    plan: said.plan ?? part?.plan,
    files: said.files ?? part?.files ?? [],
    result: source && resultOf(source),
  }
}

// MCP spans carry the name without its server: what the model asked for says more.
const nameOf = (part: Part | undefined, source: Source | undefined): string => {
  const asked = part?.part.name
  if (source?.reading.role === 'transport' && asked !== undefined) return asked
  return source?.said.name ?? asked ?? source?.reading.name ?? 'tool'
}

const resultOf = ({ node, reading, said, settled }: Source): CallResult | undefined => {
  // An error's type alone tells less than what the next model call may have been given.
  const isKnown = said.output !== undefined && (said.output !== reading.error?.code || reading.call?.output !== undefined)
  const captured = isKnown || reading.captured !== false
  const base = {
    output: said.output ?? null,
    isError: said.isError ?? false,
    captured,
    isKnown,
    errorInferred: said.errorInferred === true,
  }
  if (node === undefined)
    return settled === undefined
      ? undefined
      : { ...base, captured: isKnown, time: later(endOf(settled), settled.start), latencyMs: latencyOf(settled) }
  const isSaid = isKnown || said.isError === true
  // A told call ends with the result it tells; without one its result is another step, or never came.
  if (reading.end === 'open' || (reading.told?.stepType !== undefined && !isSaid)) return undefined
  return { ...base, time: node.ends, latencyMs: latencyOf(reading) }
}
