import type { RunItem } from '../model/api/run-item.ts'
import type { StepItem } from '../model/api/step-item.ts'

export type TextOptions = {
  /** Columns of a line. */
  readonly width?: number
  /** Tokens the text may take, at about four characters each; steps in the middle are left out beyond. */
  readonly budget?: number
  /** Where the steps that are left out can be had. */
  readonly more?: string
}

type TextRun = Pick<RunItem, 'id' | 'agent_id' | 'status' | 'artifacts' | 'gaps'> &
  Partial<Pick<RunItem, 'input' | 'duration_ms' | 'input_tokens' | 'output_tokens' | 'cost' | 'cost_source' | 'abandoned' | 'parked'>> & {
    readonly steps: number
  }

type TextStep = Pick<StepItem, 'sequence' | 'type' | 'name' | 'preview' | 'is_error' | 'captured' | 'agent' | 'emitted_sequence'>

const usualWidth = 100
const charactersAToken = 4
const least = 20

/** A run as plain text, a line a step, in order; holes in the agent's own numbers are lines too. Nothing that could steer a terminal stays in. Pure. */
export const runText = (run: TextRun, steps: readonly TextStep[], { width = usualWidth, budget, more }: TextOptions = {}): string => {
  const head = headLines(run, width)
  const lines = stepLines(steps, width)
  const room = budget === undefined ? Number.POSITIVE_INFINITY : budget * charactersAToken - head.join('\n').length
  return [...head, ...fitted(lines, room, more), ...tailLines(run, steps)].join('\n')
}

const headLines = (run: TextRun, width: number): readonly string[] => {
  const tokens = run.input_tokens == null ? undefined : `${run.input_tokens} tokens in, ${run.output_tokens ?? 0} out`
  const marks = [run.abandoned ? 'no end was received' : undefined, run.parked ? 'parked: its projection fails' : undefined]
  const facts = [
    `${run.steps} step${run.steps === 1 ? '' : 's'}`,
    `${run.artifacts} artifact${run.artifacts === 1 ? '' : 's'}`,
    run.duration_ms == null ? undefined : durationText(run.duration_ms),
    tokens,
    run.cost == null ? undefined : costText(run.cost, run.cost_source),
    run.gaps > 0 ? `${run.gaps} missing` : undefined,
    ...marks,
  ].filter(fact => fact !== undefined)
  const input = run.input == null || run.input === '' ? [] : [cut(`Input: ${plain(run.input)}`, width)]
  return [`Run ${run.id} of ${plain(run.agent_id)}: ${run.status}, ${facts.join(', ')}`, ...input]
}

const costText = (cost: number, source: string | null | undefined): string =>
  source == null ? `$${cost.toPrecision(3)}` : `about $${cost.toPrecision(3)} by ${plain(source)}`

const stepLines = (steps: readonly TextStep[], width: number): readonly string[] => {
  const lines: string[] = []
  let expected: number | undefined
  for (const step of steps) {
    const emitted = step.emitted_sequence ?? undefined
    if (emitted !== undefined && expected !== undefined && emitted > expected) {
      const hole = emitted - expected
      lines.push(`   ▲  missing      ${hole === 1 ? `step ${expected}` : `steps ${expected} to ${emitted - 1}`} of the agent's own count`)
    }
    if (emitted !== undefined) expected = Math.max(expected ?? 0, emitted + 1)
    const path = step.agent === null ? '' : `[${plain(step.agent.join(' › '))}] `
    lines.push(cut(`${String(step.sequence).padStart(4)}  ${step.type.padEnd(11)}  ${path}${said(step)}`, width))
  }
  return lines
}

const said = ({ type, name, preview, is_error, captured }: TextStep): string => {
  const text = captured ? plain(preview) : '(no content sent)'
  if (type === 'tool_call') return `${plain(name ?? '')} ${text}`
  if (type === 'tool_result') return `${plain(name ?? '')} ${is_error ? 'failed: ' : '→ '}${text}`
  if (type === 'error' && name !== null) return `${plain(name)}: ${text}`
  return text
}

// The beginning and the end say most.
const fitted = (lines: readonly string[], room: number, more: string | undefined): readonly string[] => {
  const total = lines.reduce((sum, line) => sum + line.length + 1, 0)
  if (total <= room || lines.length <= least) return lines
  const average = total / lines.length
  const kept = Math.max(least, Math.floor(room / average))
  const head = Math.ceil(kept / 2)
  const left = lines.length - kept
  if (left <= 0) return lines
  return [
    ...lines.slice(0, head),
    `      … ${left} lines left out${more === undefined ? '' : `: ${more}`}`,
    ...lines.slice(lines.length - (kept - head)),
  ]
}

const tailLines = (run: TextRun, steps: readonly TextStep[]): readonly string[] =>
  steps.length < run.steps ? [`      … ${run.steps - steps.length} more steps`] : []

const cut = (text: string, width: number): string => {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(1, width - 1)).join('')}…`
}

// C0, C1 and bidirectional controls: what an agent read in the web must not move the cursor of who reads it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g

/** Text on one line without characters that steer a terminal. */
export const plain = (text: string): string => text.replace(controls, ' ').replace(/ {2,}/g, ' ').trim()

const minute = 60_000

/** A duration as people say it: `840 ms`, `12.4 s`, `3 m 20 s`, `1 h 5 m`. */
export const durationText = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < minute) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} m ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} m`
}
