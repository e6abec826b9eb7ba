import type { Json, JsonObject } from '../model/json.ts'
import { callAttributes, readingAttributes, resultAttributes } from './attributes.ts'
import type { Call, CallResult } from './call.ts'
import { type Base, type Draft, stepId } from './draft.ts'
import { toldResult } from './results.ts'
import { later, type Node } from './tree.ts'

export const resultIdOf = (call: Call): string => stepId(call.group, `result:${call.key}`)

/** The tool_call of `id`, and its tool_result where there is one: it has the call for a parent. */
export const callSteps = (call: Call, base: Base, id: string, thought: string | undefined): readonly Draft[] => {
  const told = call.node?.reading.told
  const step: Draft = {
    ...base,
    id,
    type: 'tool_call',
    content: { tool_name: call.name, arguments: argumentsFrom(call.arguments), ...callIdOf(call.id), ...capturedMark(call.captured) },
    time: call.start + call.delay,
    shift: base.shift + call.delay,
    latencyMs: null,
    emitted: told?.sequence,
    after: thought,
    part: call.index,
    attributes: callAttributes(call),
  }
  return call.result === undefined ? [step] : [step, resultStep(call, call.result, base, id)]
}

const resultStep = (call: Call, result: CallResult, base: Base, callStep: string): Draft => {
  const place = result.node === undefined ? base : { ...base, ...spanOf(result.node) }
  const told = later(result.time, call.start)
  const time = later(told + ((result.node ?? call.node)?.lag ?? 0n), call.start + call.delay)
  return {
    ...place,
    shift: place.shift + time - told,
    id: resultIdOf(call),
    type: 'tool_result',
    content: {
      tool_name: call.name,
      output: result.output,
      is_error: result.isError,
      ...callIdOf(call.id),
      ...capturedMark(result.captured),
    },
    time,
    latencyMs: result.latencyMs,
    emitted: call.node?.reading.told?.resultSequence ?? result.node?.reading.told?.sequence,
    after: callStep,
    parentStepId: callStep,
    part: call.index,
    attributes: resultAttributes(call),
  }
}

/** A told result without its call: a step by itself. */
export const standaloneResult = (node: Node, base: Base): Draft => {
  const { told, call, group, key, name } = node.reading
  const { output, isError, time, latencyMs } = toldResult(node)
  return {
    ...base,
    id: stepId(group, `result:${key}`),
    type: 'tool_result',
    content: { tool_name: call?.name ?? name, output, is_error: isError, ...callIdOf(call?.id ?? told?.callId) },
    time,
    latencyMs,
    emitted: told?.sequence,
    part: 0,
    attributes: readingAttributes(node.reading),
  }
}

const spanOf = ({ reading, shift }: Node): Pick<Draft, 'traceId' | 'spanId' | 'shift'> => ({
  shift,
  traceId: reading.traceId ?? null,
  spanId: reading.spanId ?? null,
})

const callIdOf = (id: string | undefined): JsonObject => (id === undefined ? {} : { call_id: id })

const capturedMark = (captured: boolean): JsonObject => (captured ? {} : { content_captured: false })

const argumentsFrom = (args: Json | undefined): JsonObject =>
  args === undefined || args === null ? {} : isObject(args) ? args : { input: args }

const isObject = (json: Json): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json)
