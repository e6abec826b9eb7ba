import type { CallPart } from '../conventions/reading.ts'
import type { Json } from '../model/json.ts'
import { canonical } from './canonical.ts'
import { type Lane, lanesBy } from './lane.ts'
import { modelAbove } from './model-spans.ts'
import type { ModelCall } from './models.ts'
import type { Source } from './tool-spans.ts'
import { later, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** A tool call a model asked for, and whether a source was found that ran it. */
export type Part = { readonly model: ModelCall; readonly part: CallPart; readonly index: number; taken: boolean }

export type Matcher = { readonly byId: (source: Source) => Part | undefined; readonly byLikeness: (source: Source) => Part | undefined }

/** A tool may start this long before the model's span ends: spans are closed after the answer was handed on. */
export const startToleranceNs = 5_000_000n

/** Finds the model output that asked for a call; each part is given away once. `parts` come in the order of their models' starts. */
export const createMatcher = (parts: readonly Part[]): Matcher => {
  const agentKey = createNumbering<Node | undefined>()
  const agentOf = (part: Part): number => agentKey(part.model.place?.agent)
  const byStart = (keyOf: (part: Part) => string | undefined) =>
    lanesBy(
      parts,
      keyOf,
      p => p.model.start,
      p => p.taken,
    )
  const byAgentAndId = byStart(p => p.part.id && `${agentOf(p)}\n${p.part.id}`)
  const byId = byStart(p => p.part.id)
  const take = (part: Part | undefined): Part | undefined => {
    if (part !== undefined) part.taken = true
    return part
  }
  let likeness: Likeness | undefined
  return {
    // Gateways count `call_0` anew every turn: the nearest earlier output is the one that asked.
    byId: source => {
      const { id } = source.said
      if (id === undefined) return undefined
      const by = source.begins + startToleranceNs
      const anyAgents = byId.get(id)
      const found = byAgentAndId.get(`${agentKey(source.place?.agent)}\n${id}`)?.latest(by)
      return take(found ?? anyAgents?.latest(by) ?? anyAgents?.first())
    },
    byLikeness: source => {
      likeness ??= createLikeness(parts, agentOf)
      return take(likeness(source, agentKey(source.place?.agent)))
    },
  }
}

type Likeness = (source: Source, agent: number) => Part | undefined

/**
 * Same name, equal arguments (or none on one side), same agent, asked for before the tool started. Retries repeat identical
 * arguments, and a failed tool may have no span: so the nearest earlier output is the one that asked, its parts in their order.
 */
const createLikeness = (parts: readonly Part[], agentOf: (part: Part) => number): Likeness => {
  const ended = parts.toSorted((a, b) => compare(a.model.end, b.model.end) || compare(a.model.key, b.model.key) || b.index - a.index)
  const lanes = (keyOf: (part: Part) => string | undefined): ReadonlyMap<string, Lane<Part>> =>
    lanesBy(
      ended,
      keyOf,
      p => p.model.end,
      p => p.taken,
    )
  const nameOf = (p: Part): string => `${agentOf(p)}\n${p.part.id === undefined}\n${p.part.name}`
  const byName = lanes(nameOf)
  const bare = lanes(p => (p.part.arguments === undefined ? nameOf(p) : undefined))
  const byOutline = lanes(p => {
    const sole = soleValue(p.part.arguments)
    return sole === undefined ? undefined : `${nameOf(p)}\n${sole}`
  })
  const byArguments = lanes(p => (p.part.arguments === undefined ? undefined : `${nameOf(p)}\n${canonical(p.part.arguments)}`))
  return ({ said, begins, node }, agent) => {
    if (said.name === undefined) return undefined
    // A tool within the model's own span (streaming) was asked for before that ended.
    const within = node && modelAbove(node)
    const by = within === undefined ? begins + startToleranceNs : later(begins + startToleranceNs, within.ends)
    const args = said.arguments === undefined ? undefined : canonical(said.arguments)
    // Two ids that differ are two calls: a source with an id looks only at parts without one.
    const names = (said.id === undefined ? ['true', 'false'] : ['true']).map(isBare => `${agent}\n${isBare}\n${said.name}`)
    const outline = soleValue(said.outline)
    const outlined = outline === undefined ? [] : names.flatMap(name => byOutline.get(`${name}\n${outline}`)?.latest(by) ?? [])
    if (args === undefined && outlined.length > 0) return outlined.reduce<Part | undefined>(nearer, undefined)
    const candidates = names.flatMap(name =>
      args === undefined ? [byName.get(name)] : [byArguments.get(`${name}\n${args}`), bare.get(name)],
    )
    return candidates.flatMap(lane => lane?.latest(by) ?? []).reduce<Part | undefined>(nearer, undefined)
  }
}

// LangChain tells the only argument of a tool without its name.
const soleValue = (args: Json | undefined): string | undefined => {
  const values = typeof args === 'object' && args !== null && !Array.isArray(args) ? Object.values(args) : []
  return values.length === 1 && typeof values[0] === 'string' ? values[0] : undefined
}

const nearer = (a: Part | undefined, b: Part): Part =>
  a === undefined || b.model.end > a.model.end || (b.model === a.model && b.index < a.index) ? b : a

const createNumbering = <T>(): ((value: T) => number) => {
  const numbers = new Map<T, number>()
  return value => {
    const known = numbers.get(value) ?? numbers.size
    numbers.set(value, known)
    return known
  }
}
