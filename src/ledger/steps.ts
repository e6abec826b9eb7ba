import type { Reading } from '../conventions/reading.ts'
import { createAgentPaths, createNestedPaths } from './agents.ts'
import { modelAttributes } from './attributes.ts'
import type { Call, Calls } from './call.ts'
import { callSteps, standaloneResult } from './call-steps.ts'
import { type Base, type Draft, stepId } from './draft.ts'
import { grouped, lastBy } from './lane.ts'
import type { ModelCall } from './models.ts'
import { callPlan, isPlanStep, modelPlan, type PlanDraft, planAbove, planSteps, toldPlan } from './plans.ts'
import { above, isTool, latencyOf, later, type Node } from './tree.ts'

export type Steps = {
  readonly drafts: readonly Draft[]
  /** The step of a span, and of a call: where artifacts and children hang. */
  readonly ofNode: ReadonlyMap<Node, string>
  readonly ofCall: ReadonlyMap<Call, string>
}

/** Thoughts, calls, results and plans; errors come from `errors.ts`. */
export const stepsFrom = (facts: readonly Reading[], nodes: readonly Node[], models: readonly ModelCall[], toolCalls: Calls): Steps => {
  const { calls, standalone } = toolCalls
  const ofCall = new Map(calls.map(call => [call, stepId(call.group, isPlanStep(call) ? `plan:${call.key}` : call.key)] as const))
  const ofNode = new Map([...toolCalls.ofNode].map(([node, call]) => [node, ofCall.get(call) ?? ''] as const))
  const baseOf = createBases(ofNode, facts, nodes)
  const spoken = modelSteps(models, calls, baseOf)
  const asked = callDrafts(calls, ofCall, spoken.ofModel, baseOf)
  const told = nodes.filter(node => node.reading.role === 'plan').flatMap(node => toldPlan(node, baseOf(node, node.reading)))
  const drafts = [
    ...spoken.thoughts,
    ...asked.drafts,
    ...standalone.map(node => standaloneResult(node, baseOf(node, node.reading))),
    ...planSteps([...spoken.plans, ...asked.plans, ...told]),
  ]
  for (const [model, id] of spoken.ofModel) if (model.node !== undefined) ofNode.set(model.node, id)
  for (const { node, id } of drafts) if (node !== undefined && !ofNode.has(node)) ofNode.set(node, id)
  return { drafts, ofNode, ofCall }
}

type BaseOf = (node: Node | undefined, reading: Reading | undefined, place?: Node) => Base

// What a model said: a thought, or within a plan span the plan.
const modelSteps = (models: readonly ModelCall[], calls: readonly Call[], baseOf: BaseOf) => {
  const firstCalls = firstCallOf(models, calls)
  const ofModel = new Map<ModelCall, string>()
  const thoughts: Draft[] = []
  const plans: PlanDraft[] = []
  for (const model of models) {
    const span = planSpanOf(model)
    const [plan] = span === undefined ? [] : modelPlan(span, model, baseOf(span, span.reading))
    const [thought] = span === undefined ? thoughtOf(model, baseOf(model.node, model.reading, model.place), firstCalls.get(model)) : []
    if (plan !== undefined) plans.push(plan)
    if (thought !== undefined) thoughts.push(thought)
    const step = plan ?? thought
    if (step !== undefined) ofModel.set(model, step.id)
  }
  return { thoughts, plans, ofModel }
}

// The plan span it writes for, or its own where its output says that it is a plan.
const planSpanOf = ({ node, reading }: ModelCall): Node | undefined =>
  node && (planAbove(node) ?? (reading.plan === undefined ? undefined : node))

const callDrafts = (calls: readonly Call[], ofCall: ReadonlyMap<Call, string>, ofModel: ReadonlyMap<ModelCall, string>, baseOf: BaseOf) => {
  const drafts: Draft[] = []
  const plans: PlanDraft[] = []
  for (const call of calls) {
    const id = ofCall.get(call) ?? ''
    const base = baseOf(call.node ?? call.model?.node, call.reading, call.place)
    const thought = call.model && ofModel.get(call.model)
    if (isPlanStep(call) && call.plan !== undefined) plans.push(callPlan(call, call.plan, base, id, thought))
    else drafts.push(...callSteps(call, base, id, thought))
  }
  return { drafts, plans }
}

const createBases = (ofNode: ReadonlyMap<Node, string>, facts: readonly Reading[], nodes: readonly Node[]): BaseOf => {
  const paths = createAgentPaths(nodes)
  const nested = createNestedPaths(facts)
  return (node, reading, place = node) => {
    const tool = place && (place !== node && ofNode.has(place) && isTool(place) ? place : above(place, at => isTool(at) && ofNode.has(at)))
    return {
      node,
      shift: node?.shift ?? 0n,
      ordinal: reading?.ordinal ?? 0,
      spanStart: reading?.start ?? 0n,
      traceId: reading?.traceId ?? null,
      spanId: reading?.spanId ?? null,
      parentStepId: (tool && ofNode.get(tool)) ?? null,
      agent: nested(paths(place), place, reading),
    }
  }
}

const firstCallOf = (models: readonly ModelCall[], calls: readonly Call[]): ReadonlyMap<ModelCall, bigint> => {
  const first = new Map<ModelCall, bigint>()
  const untold = untoldModels(models)
  for (const call of calls) {
    const { start, model = untold(call) } = call
    if (model !== undefined && start < (first.get(model) ?? start + 1n)) first.set(model, start)
  }
  return first
}

/**
 * The model call that asked for a call nobody's output tells of: the one beside it that was still answering when it began,
 * ended by asking for tools (or did not say how) and tells of no calls itself.
 */
const untoldModels = (models: readonly ModelCall[]): ((call: Call) => ModelCall | undefined) => {
  const mayAsk = ({ calls, usage }: ModelCall): boolean =>
    calls.length === 0 && (usage.finish === undefined || usage.finish === 'tool_call')
  const besides = grouped(models.filter(mayAsk), ({ place, reading, node }) => besideOf(node?.near ?? place, reading))
  return ({ node, place, reading, start }) => {
    const beside = reading && besides.get(besideOf(node?.near ?? place, reading))
    const model = beside?.[lastBy(beside, start, m => m.start)]
    return model !== undefined && start <= model.end ? model : undefined
  }
}

const besideOf = (place: Node | undefined, { agent, episode, group }: Reading): string =>
  place?.reading.key ?? `${episode?.conversation ?? group}\n${agent?.id ?? ''}`

const thoughtOf = (model: ModelCall, base: Base, firstCall: bigint | undefined): readonly Draft[] => {
  const isTold = model.reading.told?.stepType === 'thought'
  const says = Boolean(model.text) || Boolean(model.reasoning)
  const isSilent = !says && !isTold && (model.captured || model.error !== undefined)
  if (model.open || isSilent) return []
  const end = later(model.end, model.start)
  return [
    {
      ...base,
      id: stepId(model.group, `thought:${model.key}`),
      type: 'thought',
      content: {
        text: model.text ?? '',
        ...(model.reasoning ? { reasoning: model.reasoning } : {}),
        ...(model.captured ? {} : { content_captured: false }),
      },
      // What was thought came before what it asked for, though spans are closed (and logs written) after the answer was handed on.
      time: firstCall !== undefined && firstCall < end ? firstCall : end,
      latencyMs: latencyOf(model.reading),
      emitted: model.reading.told?.sequence,
      part: 0,
      attributes: modelAttributes(model),
    },
  ]
}
