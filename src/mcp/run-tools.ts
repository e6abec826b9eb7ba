import { z } from 'zod'
import type { RunItem } from '../model/api/run-item.ts'
import type { StepItem } from '../model/api/step-item.ts'
import { plain, runText } from '../view/run-text.ts'
import { answer, fitted, type Left, roomOf } from './answer.ts'
import { runLine, stepLine } from './lines.ts'
import type { Source } from './source.ts'
import { larger, runId, type Tool, tokens, tool } from './tool.ts'

const shownSteps = 5_000
const stepsAPage = 2_000
const maxErrorRuns = 20
const textWidth = 400
const leastWidth = 60
const keptLines = 24

const query = z
  .string()
  .max(1_000)
  .describe(
    'Conditions that must all hold: status:failed agent:NAME model:NAME tool:NAME session:ID trace:HEX has:gap|artifact|error|plan cost>0.1 tokens>1k steps>20 errors>0 duration>30s from:2026-01-31 to:… -negated "two words" word',
  )

/** Tools about whole runs. */
export const runTools = (source: Source): readonly Tool[] => [listRuns(source), getRun(source), compareRuns(source), listErrors(source)]

const listRuns = (source: Source): Tool =>
  tool({
    name: 'list_runs',
    title: 'List runs',
    description: 'Runs of agents, newest first, a line each.',
    input: z.strictObject({
      query: query.optional(),
      limit: z.int().min(1).max(100).default(20),
      cursor: z.string().max(500).optional(),
      max_tokens: tokens,
    }),
    call: async ({ query: q = '', limit, cursor, max_tokens }) => {
      const { items, next } = await source.runs({ q, limit, cursor })
      if (items.length === 0) return answer('No run')
      const lines = fitted(items.map(runLine), roomOf(max_tokens))
      const same = { ...(q === '' ? {} : { query: q }) }
      if (lines.length < items.length)
        return answer(lines.join('\n'), {
          what: `${items.length - lines.length} of ${items.length} runs, for the budget`,
          tool: 'list_runs',
          arguments: { ...same, limit, ...(cursor === undefined ? {} : { cursor }), max_tokens: larger(max_tokens) },
        })
      const more = next === null ? undefined : { what: 'older runs', tool: 'list_runs', arguments: { ...same, limit, cursor: next } }
      return answer(lines.join('\n'), more)
    },
  })

const getRun = (source: Source): Tool =>
  tool({
    name: 'get_run',
    title: 'Outline of a run',
    description: 'One run as text, a line a step, in order. What does not fit is left out in the middle.',
    input: z.strictObject({ run: runId, after: z.int().min(-1).default(-1).describe('Steps behind this number only'), max_tokens: tokens }),
    call: async ({ run: id, after, max_tokens }) => {
      const run = await source.run(id)
      const steps = await firstSteps(source, run.id, after, shownSteps)
      const behind = after < 0 ? 0 : after + 1
      const ended = run.ended_at === null ? null : Date.parse(run.ended_at) - Date.parse(run.created_at)
      const input = run.task_input === null ? null : typeof run.task_input === 'string' ? run.task_input : JSON.stringify(run.task_input)
      const head = { ...run, duration_ms: ended, input, parked: run.parked !== null, steps: Math.max(steps.length, run.steps - behind) }
      const room = roomOf(max_tokens)
      // The text keeps some lines of both ends whatever the budget; in a small one they are short, and in any the budget has the last word.
      const width = Math.max(leastWidth, Math.min(textWidth, Math.floor(room / keptLines)))
      const whole = runText(head, steps, { width, budget: Math.floor(room / 4), more: 'ask for them by get_run with `after`' })
      const text = fitted(whole.split('\n'), room).join('\n')
      return answer(text, leftOf(run.id, text, steps, max_tokens))
    },
  })

const leftOf = (run: string, text: string, steps: readonly StepItem[], maxTokens: number): Left | undefined => {
  const shown = new Set([...text.matchAll(/^ *(\d+) {2}/gm)].map(([, n]) => Number(n)))
  const missing = steps.filter(step => !shown.has(step.sequence))
  const [first] = missing
  if (first !== undefined)
    return {
      what: `${missing.length} steps from #${first.sequence} on`,
      tool: 'get_run',
      arguments: { run, after: first.sequence - 1, max_tokens: maxTokens },
    }
  const last = steps.at(-1)
  return steps.length < shownSteps || last === undefined
    ? undefined
    : { what: `steps behind #${last.sequence}`, tool: 'get_run', arguments: { run, after: last.sequence, max_tokens: maxTokens } }
}

/** The steps of a run behind `after`, at most `most`. */
export const firstSteps = async (source: Source, run: string, after: number, most: number): Promise<readonly StepItem[]> => {
  const steps: StepItem[] = []
  for (let at: number | null = after; at !== null && steps.length < most; ) {
    const page: Awaited<ReturnType<Source['steps']>> = await source.steps(run, at, Math.min(stepsAPage, most - steps.length))
    steps.push(...page.items)
    at = page.next
  }
  return steps
}

const compareRuns = (source: Source): Tool =>
  tool({
    name: 'compare_runs',
    title: 'Compare two runs',
    description: 'Two runs aligned by what they did: figures, where they first part, and what differs.',
    input: z.strictObject({ a: runId, b: runId, from_row: z.int().min(0).default(0), max_tokens: tokens }),
    call: async ({ a, b, from_row, max_tokens }) => {
      const compared = await source.compare(a, b)
      const figures = compared.deltas.map(({ figure, a: inA, b: inB }) => `${figure}: ${inA ?? '-'} | ${inB ?? '-'}`)
      const side = (step: StepItem | null): string =>
        step === null ? '(nothing)' : stepLine({ ...step, preview: step.preview.slice(0, 160) })
      const differing = compared.rows.map((row, n) => ({ row, n })).filter(({ row, n }) => !row.same && n >= from_row)
      const rows = differing.map(({ row, n }) => `row ${n}: A ${side(row.a)} || B ${side(row.b)}`)
      const divergence =
        compared.first_divergence === null ? 'They do the same throughout' : `They first part at row ${compared.first_divergence}`
      const head = [`A ${runLine(compared.a)}`, `B ${runLine(compared.b)}`, ...compared.notes.map(plain), ...figures, divergence]
      const lines = fitted([...(from_row === 0 ? head : []), ...rows], roomOf(max_tokens))
      const shown = lines.length - (from_row === 0 ? Math.min(head.length, lines.length) : 0)
      const next = differing[shown]
      return answer(
        lines.join('\n'),
        next && {
          what: `${differing.length - shown} rows that differ`,
          tool: 'compare_runs',
          arguments: { a, b, from_row: next.n, max_tokens },
        },
      )
    },
  })

const listErrors = (source: Source): Tool =>
  tool({
    name: 'list_errors',
    title: 'List errors',
    description: 'The newest runs in which something failed, each with its failed steps.',
    input: z.strictObject({
      query: query.optional(),
      limit: z.int().min(1).max(maxErrorRuns).default(5),
      cursor: z.string().max(500).optional(),
      max_tokens: tokens,
    }),
    call: async ({ query: asked = '', limit, cursor, max_tokens }) => {
      const q = `has:error ${asked}`.trim()
      const { items, next } = await source.runs({ q, limit, cursor })
      if (items.length === 0) return answer('No run with an error')
      const blocks: string[] = []
      for (const run of items) blocks.push(await errorsOf(source, run))
      const shown = fitted(blocks, roomOf(max_tokens))
      const same = asked === '' ? {} : { query: asked }
      if (shown.length < blocks.length)
        return answer(shown.join('\n'), {
          what: `${blocks.length - shown.length} of ${blocks.length} runs, for the budget`,
          tool: 'list_errors',
          arguments: { ...same, limit, ...(cursor === undefined ? {} : { cursor }), max_tokens: larger(max_tokens) },
        })
      return answer(
        shown.join('\n'),
        next === null ? undefined : { what: 'older runs', tool: 'list_errors', arguments: { ...same, limit, cursor: next } },
      )
    },
  })

const errorsOf = async (source: Source, run: RunItem): Promise<string> => {
  const steps = await firstSteps(source, run.id, -1, stepsAPage)
  const unread = run.steps > steps.length ? [`  … of its first ${steps.length} steps of ${run.steps}`] : []
  return [runLine(run), ...steps.filter(step => step.is_error).map(step => `  ${stepLine(step)}`), ...unread].join('\n')
}
