import { diffArrays } from 'diff'
import type { ComparedRow, Comparison } from '../model/api/comparison.ts'
import type { RunItem } from '../model/api/run-item.ts'
import type { StepItem } from '../model/api/step-item.ts'

/** A step with a digest of its content; call ids left out, which differ in every run. */
export type ComparedStep = { readonly step: StepItem; readonly digest: string }

/** Differences that are looked for; beyond, only what both runs begin with is aligned. */
const maxEdits = 4_000

/** Two runs side by side: aligned by the longest common sequence of what they did (type, tool, agent). Pure. */
export const compareRuns = (
  a: { readonly run: RunItem; readonly steps: readonly ComparedStep[] },
  b: { readonly run: RunItem; readonly steps: readonly ComparedStep[] },
  truncated: boolean,
): Comparison => {
  const rows = [...alignedRows(a.steps, b.steps)]
  const divergence = rows.findIndex(row => !row.same)
  return {
    a: a.run,
    b: b.run,
    rows,
    first_divergence: divergence < 0 ? null : divergence,
    deltas: deltasOf(figuresOf(a.run, a.steps), figuresOf(b.run, b.steps)),
    notes: notesOf(a.run, b.run),
    truncated,
  }
}

const keyOf = ({ step }: ComparedStep): string => JSON.stringify([step.type, step.type === 'error' ? null : step.name, step.agent])

const alignedRows = (a: readonly ComparedStep[], b: readonly ComparedStep[]): readonly ComparedRow[] => {
  const changes = diffArrays(a.map(keyOf), b.map(keyOf), { maxEditLength: maxEdits })
  if (changes === undefined) return commonStart(a, b)
  const rows: ComparedRow[] = []
  let [atA, atB] = [0, 0]
  for (const { added, removed, count } of changes) {
    for (let n = 0; n < count; n += 1) {
      const inA = added ? undefined : a[atA++]
      const inB = removed ? undefined : b[atB++]
      rows.push(rowOf(inA, inB))
    }
  }
  return rows
}

const commonStart = (a: readonly ComparedStep[], b: readonly ComparedStep[]): readonly ComparedRow[] => {
  let common = 0
  for (const [n, step] of a.entries()) {
    const other = b[n]
    if (other === undefined || keyOf(step) !== keyOf(other)) break
    common += 1
  }
  return [
    ...a.slice(0, common).map((step, n) => rowOf(step, b[n])),
    ...a.slice(common).map(step => rowOf(step, undefined)),
    ...b.slice(common).map(step => rowOf(undefined, step)),
  ]
}

const rowOf = (a: ComparedStep | undefined, b: ComparedStep | undefined): ComparedRow => ({
  a: a?.step ?? null,
  b: b?.step ?? null,
  same: a !== undefined && b !== undefined && a.digest === b.digest,
})

type Figures = Readonly<Record<string, number | null>>

const figuresOf = (run: RunItem, steps: readonly ComparedStep[]): Figures => {
  const of = (type: StepItem['type']): readonly StepItem[] => steps.map(({ step }) => step).filter(step => step.type === type)
  const sum = (list: readonly StepItem[], value: (step: StepItem) => number | null): number =>
    list.reduce((total, step) => total + (value(step) ?? 0), 0)
  return {
    duration_ms: run.duration_ms,
    model_ms: sum(of('thought'), step => step.latency_ms),
    tool_ms: sum(of('tool_result'), step => step.latency_ms),
    steps: run.steps,
    thoughts: of('thought').length,
    tool_calls: of('tool_call').length,
    errors: run.errors,
    input_tokens: run.input_tokens,
    output_tokens: run.output_tokens,
    cached_tokens: sum(of('thought'), step => step.cached_tokens),
    cost: run.cost,
    artifacts: run.artifacts,
  }
}

const deltasOf = (a: Figures, b: Figures): Comparison['deltas'] =>
  Object.keys(a).map(figure => ({ figure, a: a[figure] ?? null, b: b[figure] ?? null }))

const notesOf = (a: RunItem, b: RunItem): string[] => {
  const notes = [
    a.agent_id === b.agent_id ? undefined : `Different agents: ${a.agent_id} and ${b.agent_id}`,
    a.input === b.input ? undefined : 'Different inputs',
    a.models.join() === b.models.join()
      ? undefined
      : `Different models: ${a.models.join(', ') || 'none'} and ${b.models.join(', ') || 'none'}`,
    ...[a, b].map(run => (run.ended_at === null ? `${run.id} has not ended` : undefined)),
    ...[a, b].map(run => (run.abandoned || run.gaps > 0 ? `${run.id} is not whole` : undefined)),
    ...[a, b].map(run => (run.parked ? `${run.id} is parked: its rows are as of before` : undefined)),
  ]
  return notes.filter(note => note !== undefined)
}
