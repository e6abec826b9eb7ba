import type { Plan, Reading } from '../conventions/reading.ts'
import type { PlanItem } from '../model/content.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { createAgentPaths } from './agents.ts'
import { type Call, type Calls, toldResult } from './calls.ts'
import { type Draft, stepId } from './draft.ts'
import type { ModelCall } from './models.ts'
import { above, endOf, isAgent, isTool, type Node } from './tree.ts'
import { compare } from './unique.ts'

export type Steps = {
  readonly drafts: readonly Draft[]
  /** The step of a span, and of a call: where artifacts and children hang. */
  readonly ofNode: ReadonlyMap<Node, string>
  readonly ofCall: ReadonlyMap<Call, string>
}

/** Thoughts, calls, results and plans; errors come from `errors.ts`. */
export const stepsFrom = (nodes: readonly Node[], models: readonly ModelCall[], { calls, standalone }: Calls): Steps => {
  const ofNode = new Map<Node, string>()
  const ofCall = new Map<Call, string>()
  for (const call of calls) {
    const id = stepId(call.group, isPlanStep(call) ? `plan:${call.key}` : call.key)
    ofCall.set(call, id)
    if (call.node !== undefined) ofNode.set(call.node, id)
  }
  const paths = createAgentPaths()
  const base = (node: Node | undefined, reading: Reading): Base => {
    const tool = node && above(node, at => ofNode.has(at) && isTool(at))
    return {
      node,
      ordinal: reading.ordinal ?? 0,
      spanStart: reading.start,
      traceId: reading.traceId ?? null,
      spanId: reading.spanId ?? null,
      parentStepId: (tool && ofNode.get(tool)) ?? null,
      agent: paths(node),
    }
  }
  const firstCalls = firstCallOf(calls)
  const plans: PlanStep[] = []
  const drafts: Draft[] = []
  for (const model of models) {
    const planned =
      model.node &&
      above(
        model.node,
        at => at.reading.role === 'plan',
        at => isAgent(at) || isTool(at),
      )
    if (planned !== undefined) plans.push({ ...textPlan(planned, model), base: base(planned, planned.reading) })
    else drafts.push(...thought(model, base(model.node, model.reading), firstCalls.get(model)))
    if (model.node !== undefined && drafts.at(-1)?.node === model.node) ofNode.set(model.node, drafts.at(-1)?.id ?? '')
  }
  for (const call of calls) {
    const at = base(call.node ?? call.model?.node, call.node?.reading ?? call.model?.reading ?? emptyReading)
    if (isPlanStep(call) && call.plan !== undefined)
      plans.push({
        plan: call.plan,
        key: call.key,
        group: call.group,
        time: call.start,
        emitted: call.node?.reading.told?.sequence,
        attributes: callAttributes(call),
        base: at,
        part: call.index,
        id: ofCall.get(call) ?? '',
      })
    else drafts.push(...callSteps(call, at, ofCall.get(call) ?? ''))
  }
  for (const node of standalone) drafts.push(resultStep(node, base(node, node.reading)))
  for (const node of nodes)
    if (node.reading.role === 'plan' && node.reading.plan !== undefined)
      plans.push({ ...toldPlan(node, node.reading.plan), base: base(node, node.reading) })
  for (const draft of planSteps(plans)) {
    drafts.push(draft)
    if (draft.node !== undefined && !ofNode.has(draft.node)) ofNode.set(draft.node, draft.id)
  }
  return { drafts, ofNode, ofCall }
}

type Base = Pick<Draft, 'node' | 'ordinal' | 'spanStart' | 'traceId' | 'spanId' | 'parentStepId' | 'agent'>

// A call without a span and without a model is told by a log: it has no place of its own in the tree.
const emptyReading = { start: 0n } as Reading

/** A plan tool's call is the plan; one that failed stays a call with its result. */
const isPlanStep = (call: Call): boolean => call.plan !== undefined && call.result?.isError !== true

const firstCallOf = (calls: readonly Call[]): ReadonlyMap<ModelCall, bigint> => {
  const first = new Map<ModelCall, bigint>()
  for (const { model, start } of calls) if (model !== undefined && start < (first.get(model) ?? start + 1n)) first.set(model, start)
  return first
}

const thought = (model: ModelCall, base: Base, firstCall: bigint | undefined): readonly Draft[] => {
  const isTold = model.reading.told?.stepType === 'thought'
  const says = Boolean(model.text) || Boolean(model.reasoning)
  if (model.open || (!says && !isTold && (model.captured || model.error !== undefined))) return []
  const { text = '', reasoning } = model
  const end = model.start > model.end ? model.start : model.end
  return [
    {
      ...base,
      id: stepId(model.group, `thought:${model.key}`),
      type: 'thought',
      content: { text, ...(reasoning ? { reasoning } : {}), ...(model.captured ? {} : { content_captured: false }) },
      time: firstCall !== undefined && firstCall < end ? firstCall : end,
      latencyMs: latencyOf(model.reading),
      emitted: model.reading.told?.sequence,
      part: 0,
      attributes: {
        ...model.reading.rest,
        ...usageAttributes(model),
        ...ignoredMark(model.reading),
        ...(model.reading.choices === undefined ? {} : { choices: model.reading.choices }),
      },
    },
  ]
}

const latencyOf = ({ start, end }: Reading): number | null =>
  end === 'open' || end < start || start === 0n ? null : Number(end - start) / 1e6

const ignoredMark = (reading: Reading): JsonObject => (reading.ignored === undefined ? {} : { 'runledger.ignored': reading.ignored })

const usageAttributes = ({ usage, error }: ModelCall): JsonObject => {
  const named: Readonly<Record<string, Json | undefined>> = {
    provider: usage.provider,
    model: usage.responseModel ?? usage.requestModel,
    request_model: usage.responseModel === undefined || usage.requestModel === usage.responseModel ? undefined : usage.requestModel,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_tokens: usage.cachedTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    reasoning_tokens: usage.reasoningTokens,
    cost: usage.cost,
    finish_reason: usage.finish,
    response_id: usage.responseId,
    error: error?.message,
  }
  return Object.fromEntries(Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
}

const callAttributes = (call: Call): JsonObject => ({
  ...call.node?.reading.rest,
  ...(call.node === undefined ? {} : ignoredMark(call.node.reading)),
  ...(call.node?.reading.call?.server === undefined ? {} : { server: call.node.reading.call.server }),
  ...(call.part?.server ? { server_side: true } : {}),
})

const asArguments = (args: Json | undefined): JsonObject =>
  args === undefined || args === null ? {} : typeof args === 'object' && !Array.isArray(args) ? (args as JsonObject) : { input: args }

const callSteps = (call: Call, base: Base, id: string): readonly Draft[] => {
  const callId = call.id === undefined ? {} : { call_id: call.id }
  const told = call.node?.reading.told
  const step: Draft = {
    ...base,
    id,
    type: 'tool_call',
    content: {
      tool_name: call.name,
      arguments: asArguments(call.arguments),
      ...callId,
      ...(call.captured ? {} : { content_captured: false }),
    },
    time: call.start,
    latencyMs: null,
    emitted: told?.sequence,
    part: call.index,
    attributes: callAttributes(call),
  }
  const { result } = call
  if (result === undefined) return [step]
  const error = call.node?.reading.error
  return [
    step,
    {
      ...base,
      ...(result.node === undefined ? {} : spanOf(result.node)),
      id: stepId(call.group, `result:${call.key}`),
      type: 'tool_result',
      content: {
        tool_name: call.name,
        output: result.output,
        is_error: result.isError,
        ...callId,
        ...(result.captured ? {} : { content_captured: false }),
      },
      time: result.time < call.start ? call.start : result.time,
      latencyMs: result.latencyMs,
      emitted: told?.resultSequence ?? result.node?.reading.told?.sequence,
      parentStepId: id,
      part: call.index,
      attributes: {
        ...result.node?.reading.rest,
        ...(error === undefined
          ? {}
          : { error_code: error.code ?? null, ...(error.traceback === undefined ? {} : { traceback: error.traceback }) }),
      },
    },
  ]
}

const spanOf = ({ reading }: Node): Pick<Draft, 'traceId' | 'spanId'> => ({
  traceId: reading.traceId ?? null,
  spanId: reading.spanId ?? null,
})

const resultStep = (node: Node, base: Base): Draft => {
  const { told, call, rest, group, key } = node.reading
  const result = toldResult(node)
  const callId = call?.id ?? told?.callId
  return {
    ...base,
    id: stepId(group, `result:${key}`),
    type: 'tool_result',
    content: {
      tool_name: call?.name ?? node.reading.name,
      output: result.output,
      is_error: result.isError,
      ...(callId === undefined ? {} : { call_id: callId }),
    },
    time: result.time,
    latencyMs: result.latencyMs,
    emitted: told?.sequence,
    part: 0,
    attributes: { ...rest, ...ignoredMark(node.reading) },
  }
}

type PlanStep = {
  readonly plan: Plan
  readonly key: string
  readonly group: string
  readonly id: string
  readonly time: bigint
  readonly emitted: number | undefined
  readonly attributes: JsonObject
  readonly base: Base
  readonly part: number
}

const textPlan = (node: Node, model: ModelCall): Omit<PlanStep, 'base'> => ({
  plan: {
    items: [],
    mode: 'replace',
    ...(model.text === undefined ? {} : { text: model.text }),
    ...(model.reasoning === undefined ? {} : { explanation: model.reasoning }),
  },
  key: model.key,
  group: model.group,
  id: stepId(model.group, `plan:${model.key}`),
  time: model.end,
  emitted: node.reading.told?.sequence,
  attributes: { ...model.reading.rest, ...usageAttributes(model) },
  part: 0,
})

const toldPlan = (node: Node, plan: Plan): Omit<PlanStep, 'base'> => ({
  plan,
  key: node.reading.key,
  group: node.reading.group,
  id: stepId(node.reading.group, `plan:${node.reading.key}`),
  time: endOf(node.reading),
  emitted: node.reading.told?.sequence,
  attributes: { ...node.reading.rest, ...ignoredMark(node.reading) },
  part: 0,
})

// A patch changes the plan that stood before it, so plans are read in the order of their times.
const planSteps = (plans: readonly PlanStep[]): readonly Draft[] => {
  let items: readonly PlanItem[] = []
  return [...plans]
    .sort((a, b) => compare(a.time, b.time) || compare(a.key, b.key))
    .map(({ plan, base, id, time, emitted, attributes, part }): Draft => {
      items = plan.mode === 'replace' ? plan.items : patched(items, plan.items)
      const { explanation, text } = plan
      const content: JsonObject = {
        items: items.map(itemJson),
        ...(explanation === undefined ? {} : { explanation }),
        ...(text === undefined ? {} : { text }),
      }
      return { ...base, id, type: 'plan_update', content, time, latencyMs: null, emitted, part, attributes }
    })
}

const itemJson = ({ id, title, status }: PlanItem): JsonObject => (id === undefined ? { title, status } : { id, title, status })

const patched = (before: readonly PlanItem[], patch: readonly PlanItem[]): readonly PlanItem[] => {
  const items = [...before]
  for (const item of patch) {
    const at = items.findIndex(known => (item.id === undefined ? known.title === item.title : known.id === item.id))
    if (at === -1) items.push(item)
    else items[at] = { ...items[at], ...item, title: item.title || (items[at]?.title ?? '') }
  }
  return items
}
