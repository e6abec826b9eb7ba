import type { Draft } from './draft.ts'
import { compare } from './unique.ts'

const ranks: Readonly<Record<Draft['type'], number>> = { thought: 0, plan_update: 1, tool_call: 2, tool_result: 3, error: 4 }

export type Sequenced = { readonly ordered: readonly (Draft & { readonly sequence: number })[]; readonly gaps: number }

type Placed = { readonly draft: Draft; readonly time: bigint }

/**
 * The strict order of a run's steps. The agent's numbers are the sequence where every reported step has one and none twice;
 * else 0 … n-1 by effective time, in which the agent's order still wins over clocks. `gaps`: numbers left out, in both cases.
 */
export const sequenced = (drafts: readonly Draft[]): Sequenced => {
  const numbered = runningMaximum(drafts.filter(hasNumber))
  const others = drafts
    .filter(d => !hasNumber(d))
    .map(placed)
    .sort(byTime)
  const ordered = merged(numbered, others).map(p => p.draft)
  const numbers = new Set(numbered.map(p => p.draft.emitted ?? 0))
  const reported = drafts.filter(d => d.inferred !== true)
  const isComplete = reported.length > 0 && reported.every(hasNumber) && numbers.size === reported.length
  const last = maximumOf(numbers)
  const gaps = last + 1 - numbers.size
  if (!isComplete || last + drafts.length - reported.length > maxSequence)
    return { ordered: ordered.map((draft, sequence) => ({ ...draft, sequence })), gaps }
  let next = last
  return {
    ordered: [...numbered.map(p => p.draft), ...others.map(p => p.draft)].map(draft => ({ ...draft, sequence: draft.emitted ?? ++next })),
    gaps,
  }
}

const maxSequence = 2 ** 31 - 1

const hasNumber = (draft: Draft): boolean => draft.emitted !== undefined

// Not `Math.max(...numbers)`: a run may have more steps than a call may have arguments.
const maximumOf = (numbers: ReadonlySet<number>): number => {
  let most = -1
  for (const n of numbers) if (n > most) most = n
  return most
}

const placed = (draft: Draft): Placed => ({
  draft,
  time: draft.node !== undefined && draft.node.begins > draft.time ? draft.node.begins : draft.time,
})

const runningMaximum = (drafts: readonly Draft[]): readonly Placed[] => {
  let latest = 0n
  return drafts
    .map(placed)
    .sort((a, b) => (a.draft.emitted ?? 0) - (b.draft.emitted ?? 0) || byTime(a, b))
    .map(p => {
      if (p.time > latest) latest = p.time
      return { draft: p.draft, time: latest }
    })
}

const byTime = (a: Placed, b: Placed): number =>
  compare(a.time, b.time) ||
  ranks[a.draft.type] - ranks[b.draft.type] ||
  a.draft.ordinal - b.draft.ordinal ||
  compare(a.draft.spanStart, b.draft.spanStart) ||
  compare(a.draft.spanId ?? '', b.draft.spanId ?? '') ||
  a.draft.part - b.draft.part ||
  compare(a.draft.id, b.draft.id)

// Both lists are in order; merging keeps the agent's own order within its numbers.
const merged = (a: readonly Placed[], b: readonly Placed[]): readonly Placed[] => {
  const all: Placed[] = []
  let i = 0
  for (const one of a) {
    for (let other = b[i]; other !== undefined && byTime(other, one) < 0; other = b[++i]) all.push(other)
    all.push(one)
  }
  return [...all, ...b.slice(i)]
}
