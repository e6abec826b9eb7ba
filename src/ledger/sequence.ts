import type { Draft } from './draft.ts'
import { later } from './tree.ts'
import { compare } from './unique.ts'

const ranks: Readonly<Record<Draft['type'], number>> = { thought: 0, plan_update: 1, tool_call: 2, tool_result: 3, error: 4 }

export type Sequenced = { readonly ordered: readonly (Draft & { readonly sequence: number })[]; readonly gaps: number }

type Placed = { readonly draft: Draft; readonly time: bigint }

const maxSequence = 2 ** 31 - 1

/**
 * The strict order of a run's steps. The agent's numbers are the sequence where every reported step has one and none twice;
 * else 0 … n-1 by effective time, in which the agent's order still wins over clocks. `gaps`: numbers left out, in both cases.
 */
export const sequenced = (drafts: readonly Draft[]): Sequenced => {
  const numbered = inAgentsOrder(drafts.filter(hasNumber))
  const others = following(
    drafts.filter(d => !hasNumber(d)),
    numbered,
  ).sort(byTime)
  const numbers = new Set(numbered.map(p => p.draft.emitted ?? 0))
  const last = maximumOf(numbers)
  const gaps = last + 1 - numbers.size
  const reported = drafts.filter(d => d.inferred !== true)
  const isComplete = reported.length > 0 && reported.every(hasNumber) && numbers.size === numbered.length
  if (isComplete && last + others.length <= maxSequence) return { ordered: byAgentsNumbers([...numbered, ...others], last), gaps }
  return { ordered: merged(numbered, others).map(({ draft }, sequence) => ({ ...draft, sequence })), gaps }
}

const byAgentsNumbers = (placed: readonly Placed[], last: number): Sequenced['ordered'] => {
  let next = last
  return placed.map(({ draft }) => ({ ...draft, sequence: draft.emitted ?? ++next }))
}

const hasNumber = (draft: Draft): boolean => draft.emitted !== undefined

// Not `Math.max(...numbers)`: a run may have more steps than a call may have arguments.
const maximumOf = (numbers: ReadonlySet<number>): number => {
  let most = -1
  for (const n of numbers) if (n > most) most = n
  return most
}

// A number given twice was given by two counters, of two processes as a rule: each orders the steps of its own traces alone.
const inAgentsOrder = (drafts: readonly Draft[]): readonly Placed[] => {
  if (new Set(drafts.map(d => d.emitted)).size === drafts.length) return runningMaximum(drafts)
  const lists = [...Map.groupBy(drafts, draft => draft.traceId).values()].map(runningMaximum)
  return lists.length === 1 ? (lists[0] ?? []) : lists.flat().sort(byEffectiveTime)
}

// The numbers of one counter never fall with its effective times, so this keeps each list's own order.
const byEffectiveTime = (a: Placed, b: Placed): number =>
  compare(a.time, b.time) ||
  compare(a.draft.traceId ?? '', b.draft.traceId ?? '') ||
  (a.draft.emitted ?? 0) - (b.draft.emitted ?? 0) ||
  byTime(a, b)

const runningMaximum = (drafts: readonly Draft[]): readonly Placed[] => {
  let latest = 0n
  return drafts
    .map(draft => ({ draft, time: draft.time }))
    .sort((a, b) => (a.draft.emitted ?? 0) - (b.draft.emitted ?? 0) || byTime(a, b))
    .map(({ draft, time }) => {
      latest = later(latest, time)
      return { draft, time: latest }
    })
}

// A step without a number is never before the one it follows from, nor the call it lies in, wherever numbers have moved that.
const following = (drafts: readonly Draft[], numbered: readonly Placed[]): Placed[] => {
  const times = new Map(numbered.map(({ draft, time }) => [draft.id, time]))
  return drafts
    .toSorted((a, b) => ranks[a.type] - ranks[b.type])
    .map(draft => {
      const { id, after = '', parentStepId } = draft
      const within = times.get(parentStepId ?? '')
      const time = later(later(draft.time, times.get(after) ?? 0n), within === undefined ? 0n : within + 1n)
      times.set(id, time)
      return { draft, time }
    })
}

const byTime = (a: Placed, b: Placed): number =>
  compare(a.time, b.time) ||
  ranks[a.draft.type] - ranks[b.draft.type] ||
  a.draft.ordinal - b.draft.ordinal ||
  compare(a.draft.spanStart, b.draft.spanStart) ||
  // Before the span's id, which is chance: clocks of milliseconds let the calls of one answer start at the same time.
  a.draft.part - b.draft.part ||
  compare(a.draft.spanId ?? '', b.draft.spanId ?? '') ||
  compare(a.draft.id, b.draft.id)

// Both lists are in order; merging keeps the agent's own order within its numbers, and waits for what a step follows from.
const merged = (a: readonly Placed[], b: readonly Placed[]): readonly Placed[] => {
  const all: Placed[] = []
  const awaited = new Set(a.map(p => p.draft.id))
  const isNext = (other: Placed, one: Placed): boolean =>
    byTime(other, one) < 0 && !awaited.has(other.draft.after ?? '') && !awaited.has(other.draft.parentStepId ?? '')
  let i = 0
  for (const one of a) {
    for (let other = b[i]; other !== undefined && isNext(other, one); other = b[++i]) all.push(other)
    all.push(one)
    awaited.delete(one.draft.id)
  }
  return [...all, ...b.slice(i)]
}
