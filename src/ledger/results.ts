import type { ResultPart } from '../conventions/reading.ts'
import type { Call, CallResult } from './call.ts'
import { startToleranceNs } from './call-match.ts'
import { type Lane, lanesBy } from './lane.ts'
import type { ModelCall } from './models.ts'
import { withError } from './tool-spans.ts'
import { latencyOf, later, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** Results that the agent told as spans of their own join the last call of their id that had begun; returns those without one. */
export const joinToldResults = (nodes: readonly Node[], calls: readonly Call[]): readonly Node[] => {
  const told = nodes.filter(({ reading }) => reading.told?.stepType === 'tool_result' && reading.end !== 'open')
  if (told.length === 0) return told
  const byId = lanesBy(
    calls,
    c => c.id,
    c => c.start,
    c => c.result !== undefined,
  )
  return told.filter(node => {
    const lane = byId.get(node.reading.call?.id ?? node.reading.told?.callId ?? '')
    const result = toldResult(node)
    const call = lane?.latest(result.time) ?? lane?.first()
    if (call === undefined) return true
    call.result = { ...result, time: later(result.time, call.start) }
    return false
  })
}

/** The result a span that is a tool_result tells. */
export const toldResult = (node: Node): CallResult => {
  const { reading } = node
  const { output = null, isError = false } = withError(reading)
  return { output, isError, time: node.ends, latencyMs: latencyOf(reading), captured: true, isKnown: true, node }
}

/** Results that only the next model call's input tells: of failed tools without a span, of calls that nobody instruments. */
export const harvestResults = (models: readonly ModelCall[], calls: readonly Call[]): void => {
  const waiting = calls.filter(call => !isSettled(call))
  if (waiting.length === 0) return
  // Results without ids come in the order of their calls: of one model output the first call is taken first.
  const asked = waiting.toSorted((a, b) => compare(askedAt(a), askedAt(b)) || b.index - a.index || compare(b.key, a.key))
  const lanes = {
    byId: lanesBy(
      waiting,
      c => c.id,
      c => c.start,
      isSettled,
    ),
    byName: lanesBy(
      asked.filter(c => c.id === undefined),
      c => c.name,
      askedAt,
      isSettled,
    ),
    byAnyName: lanesBy(asked, c => c.name, askedAt, isSettled),
  }
  const strangers = createStrangers(calls, asked)
  for (const model of models) {
    for (const result of model.results) settle(lanes, result, model.end)
    for (const result of model.given?.results ?? []) settle(lanes, result, model.start)
    for (const [call, result] of strangers(model)) call.result = settledBy(call, result, model.start)
  }
}

/**
 * OpenLLMetry tells calls of the Responses API by the ids of their items and results by those of their calls: where all that a
 * model call was given bears ids of nobody, and the output before waits for as many, they come in its order.
 */
const createStrangers = (calls: readonly Call[], asked: readonly Call[]) => {
  const ids = new Set(calls.map(c => c.id))
  const byAgent = Map.groupBy(
    asked.filter(c => c.id !== undefined && c.model !== undefined),
    c => c.model?.place?.agent,
  )
  const lanes = new Map([...byAgent].map(([agent, list]) => [agent, lanesBy(list, () => 'all', askedAt, isSettled).get('all')]))
  const byModel = Map.groupBy(asked, c => c.model)
  return (model: ModelCall): readonly (readonly [Call, ResultPart])[] => {
    const results = model.given?.results ?? []
    if (results.length === 0 || !results.every(r => r.callId !== undefined && r.name === undefined && !ids.has(r.callId))) return []
    const last = lanes.get(model.place?.agent)?.latest(model.start + startToleranceNs)
    const waiting = (byModel.get(last?.model) ?? []).filter(c => !isSettled(c)).sort((a, b) => a.index - b.index)
    return last === undefined || waiting.length !== results.length
      ? []
      : waiting.flatMap((call, n) => {
          const result = results[n]
          return result === undefined ? [] : [[call, result] as const]
        })
  }
}

const isSettled = (call: Call): boolean => call.result?.isKnown === true

const askedAt = (call: Call): bigint => call.model?.end ?? call.start

type Lanes = Readonly<Record<'byId' | 'byName' | 'byAnyName', ReadonlyMap<string, Lane<Call>>>>

const settle = ({ byId, byName, byAnyName }: Lanes, { callId, name, ...result }: ResultPart, time: bigint): void => {
  const by = time + startToleranceNs
  const named = callId === undefined ? undefined : byId.get(callId)?.latest(by)
  // An id that nobody bears may be the history's own: then the name decides, among calls without one.
  const call = named ?? (name === undefined ? undefined : (callId === undefined ? byAnyName : byName).get(name)?.latest(by))
  if (call !== undefined) call.result = settledBy(call, result, time)
}

const settledBy = (call: Call, result: Omit<ResultPart, 'callId' | 'name'>, time: bigint): CallResult => {
  const known = call.result
  return {
    output: result.output,
    isError: known?.isError === true || (result.isError ?? false),
    errorInferred: known?.isError !== true && result.errorInferred === true,
    time: known?.time ?? later(time, call.start),
    latencyMs: known?.latencyMs ?? null,
    captured: true,
    isKnown: true,
    ...(known?.node === undefined ? {} : { node: known.node }),
  }
}
