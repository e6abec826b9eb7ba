import type { StepItem } from '../model/api/step-item.ts'

export type StepRow = {
  readonly kind: 'step'
  readonly key: string
  readonly depth: number
  readonly step: StepItem
  /** The call a result answers, where it does not stand right above. */
  readonly answers: number | undefined
  /** How many calls stand together here, on the first of them. */
  readonly parallel: number
  /** A call without its result, in a run that still goes on. */
  readonly open: boolean
  readonly matches: boolean
}
export type GapRow = { readonly kind: 'gap'; readonly key: string; readonly depth: number; readonly from: number; readonly to: number }
export type GroupRow = {
  readonly kind: 'group'
  readonly key: string
  readonly depth: number
  readonly agent: string
  readonly steps: number
  readonly first: StepItem
  readonly last: StepItem
  readonly failed: number
  readonly isOpen: boolean
}
export type Row = StepRow | GapRow | GroupRow

export type RowsAsk = {
  readonly steps: readonly StepItem[]
  readonly goesOn: boolean
  readonly filter: string
  readonly kinds: readonly string[]
  /** Groups the reader has opened or closed, by key. */
  readonly toggled: ReadonlyMap<string, boolean>
  readonly foldAll: boolean | undefined
}

/** A group of more steps is closed to begin with. */
export const maxOpenGroup = 200

/** The rows of a run: steps by their sequence, holes in the agent's own count, nested agents as groups. Pure, in one pass. */
export const rowsFrom = ({ steps, goesOn, filter, kinds, toggled, foldAll }: RowsAsk): readonly Row[] => {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter(it => it !== '')
  const answered = new Set(steps.flatMap(it => (it.type === 'tool_result' && it.parent_step_id !== null ? [it.parent_step_id] : [])))
  const sequences = new Map(steps.map(it => [it.id, it.sequence]))
  const rows: Row[] = []
  const calls = parallelCalls(steps)
  let expected: number | undefined
  for (let at = 0; at < steps.length; ) {
    const group = groupAt(steps, at)
    const header = group.length > 0 ? headerOf(group, toggled, foldAll) : undefined
    const part = header === undefined ? steps.slice(at, at + 1) : group
    if (header !== undefined && kinds.length === 0 && words.length === 0) rows.push(header)
    const hidden = header !== undefined && !header.isOpen && kinds.length === 0 && words.length === 0
    for (const step of part) {
      const hole = holeBefore(step, expected)
      expected = nextEmitted(step, expected)
      if (hole !== undefined && !hidden) rows.push(hole)
      if (hidden || !isWanted(step, kinds, words)) continue
      const depth = Math.max(0, (step.agent?.length ?? 1) - 1) + (step.type === 'tool_result' ? 1 : 0)
      const call = step.type === 'tool_result' && step.parent_step_id !== null ? sequences.get(step.parent_step_id) : undefined
      rows.push({
        kind: 'step',
        key: step.id,
        depth,
        step,
        answers: call === step.sequence - 1 ? undefined : call,
        parallel: calls.get(step.id) ?? 0,
        open: goesOn && step.type === 'tool_call' && !answered.has(step.id),
        matches: words.length > 0,
      })
    }
    at += part.length
  }
  return rows
}

const groupAt = (steps: readonly StepItem[], at: number): readonly StepItem[] => {
  const path = pathOf(steps[at])
  if (path === '') return []
  let end = at
  while (end < steps.length && pathOf(steps[end]) === path) end += 1
  return steps.slice(at, end)
}

const pathOf = (step: StepItem | undefined): string => step?.agent?.join('\u0000') ?? ''

const headerOf = (
  group: readonly StepItem[],
  toggled: ReadonlyMap<string, boolean>,
  foldAll: boolean | undefined,
): GroupRow | undefined => {
  const [first, last] = [group[0], group.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const key = `group ${first.id}`
  return {
    kind: 'group',
    key,
    depth: Math.max(0, (first.agent?.length ?? 1) - 2),
    agent: first.agent?.slice(1).join(' › ') || (first.agent?.[0] ?? ''),
    steps: group.length,
    first,
    last,
    failed: group.filter(isFailed).length,
    isOpen: toggled.get(key) ?? (foldAll === undefined ? group.length <= maxOpenGroup : !foldAll),
  }
}

const holeBefore = ({ emitted_sequence: emitted, id }: StepItem, expected: number | undefined): GapRow | undefined =>
  emitted !== null && expected !== undefined && emitted > expected
    ? { kind: 'gap', key: `gap ${id}`, depth: 0, from: expected, to: emitted - 1 }
    : undefined

const nextEmitted = ({ emitted_sequence: emitted }: StepItem, expected: number | undefined): number | undefined =>
  emitted === null ? expected : Math.max(expected ?? 0, emitted + 1)

const isWanted = (step: StepItem, kinds: readonly string[], words: readonly string[]): boolean => {
  if (kinds.length > 0 && !kinds.includes(step.type)) return false
  if (words.length === 0) return true
  const text =
    `${step.sequence} ${step.type} ${step.name ?? ''} ${step.preview} ${step.agent?.join(' ') ?? ''} ${step.model ?? ''}`.toLowerCase()
  return words.every(word => text.includes(word))
}

/** Calls that stand right behind one another, by the first of them. */
const parallelCalls = (steps: readonly StepItem[]): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let at = 0; at < steps.length; at += 1) {
    const first = steps[at]
    let end = at
    while (steps[end]?.type === 'tool_call') end += 1
    if (first !== undefined && end - at > 1) found.set(first.id, end - at)
    at = Math.max(at, end - 1)
  }
  return found
}

/** Whether a step says that something failed. */
export const isFailed = (step: StepItem): boolean => step.is_error || step.type === 'error'
