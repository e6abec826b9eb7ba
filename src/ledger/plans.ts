import type { Plan } from '../conventions/reading.ts'
import type { PlanItem } from '../model/content.ts'
import type { JsonObject } from '../model/json.ts'
import { callAttributes, modelAttributes, readingAttributes } from './attributes.ts'
import type { Call } from './call.ts'
import { type Base, type Draft, stepId } from './draft.ts'
import type { ModelCall } from './models.ts'
import { above, isAgent, isTool, later, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** A plan as one span, call or model output tells it, before patches are applied. */
export type PlanDraft = Omit<Draft, 'content' | 'type' | 'latencyMs'> & { readonly plan: Plan }

/** A plan tool's call is the plan; one that failed stays a call with its result. */
export const isPlanStep = (call: Call): boolean => call.plan !== undefined && call.result?.isError !== true

/** The plan span a model call writes the plan for. */
export const planAbove = (node: Node): Node | undefined =>
  above(
    node,
    at => at.reading.role === 'plan',
    at => isAgent(at) || isTool(at),
  )

export const callPlan = (call: Call, plan: Plan, base: Base, id: string, thought: string | undefined): PlanDraft => ({
  ...base,
  id,
  plan,
  time: call.start + call.delay,
  shift: base.shift + call.delay,
  emitted: call.node?.reading.told?.sequence,
  after: thought,
  part: call.index,
  attributes: callAttributes(call),
})

/** The output of a model call within a plan span is the plan; none where it said nothing (yet). */
export const modelPlan = (span: Node, model: ModelCall, base: Base): readonly PlanDraft[] => {
  if (model.open || (!model.text && !model.reasoning)) return []
  const text: JsonObject = model.text ? { text: model.text } : {}
  const explanation: JsonObject = model.reasoning ? { explanation: model.reasoning } : {}
  return [
    {
      ...base,
      id: stepId(model.group, `plan:${model.key}`),
      plan: { items: [], mode: 'replace', ...text, ...explanation },
      time: later(model.end, model.start),
      emitted: model.reading.told?.sequence ?? span.reading.told?.sequence,
      part: 0,
      attributes: modelAttributes(model),
    },
  ]
}

/** The plan a span tells itself. A told plan_update whose content has another shape is one without items. */
export const toldPlan = (node: Node, base: Base): readonly PlanDraft[] => {
  const { plan, told, end, group, key } = node.reading
  const said: Plan | undefined = plan ?? (told?.stepType === 'plan_update' ? { items: [], mode: 'replace' } : undefined)
  if (said === undefined || end === 'open') return []
  return [
    {
      ...base,
      id: stepId(group, `plan:${key}`),
      plan: said,
      time: node.ends,
      emitted: told?.sequence,
      part: 0,
      attributes: readingAttributes(node.reading),
    },
  ]
}

/** Plan steps in the order of their times: a patch changes the plan of its agent that stood before it. */
export const planSteps = (plans: readonly PlanDraft[]): readonly Draft[] => {
  const standing = new Map<Node | undefined, readonly PlanItem[]>()
  return plans
    .toSorted((a, b) => compare(a.time, b.time) || a.ordinal - b.ordinal || a.part - b.part || compare(a.id, b.id))
    .map(({ plan, ...draft }) => {
      const agent = draft.node?.agent
      const items = plan.mode === 'replace' ? plan.items : patched(standing.get(agent) ?? [], plan.items)
      standing.set(agent, items)
      const { explanation, text } = plan
      const content: JsonObject = {
        items: items.map(itemJson),
        ...(explanation === undefined ? {} : { explanation }),
        ...(text === undefined ? {} : { text }),
      }
      return { ...draft, type: 'plan_update' as const, content, latencyMs: null }
    })
}

const itemJson = ({ id, title, status }: PlanItem): JsonObject => ({ ...(id === undefined ? {} : { id }), title, status })

const patched = (before: readonly PlanItem[], patch: readonly PlanItem[]): readonly PlanItem[] => {
  const items = [...before]
  for (const item of patch) {
    const at = items.findIndex(known => (item.id === undefined ? known.title === item.title : known.id === item.id))
    if (at === -1) items.push(item)
    else items[at] = { ...items[at], ...item, title: item.title || (items[at]?.title ?? '') }
  }
  return items
}
