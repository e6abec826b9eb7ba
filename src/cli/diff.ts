import { type ComparedRow, Comparison } from '../model/api/comparison.ts'
import type { StepItem } from '../model/api/step-item.ts'
import { type ClientOptions, createClient, resolveRun } from './client.ts'
import { type Colour, coloured, cut, isTerminal, plain, print, printJson, width } from './output.ts'

export type DiffOptions = ClientOptions & { readonly json?: boolean; readonly all?: boolean }

/** Shows two runs side by side, aligned by what they did. For programs: the comparison as one line of JSON. */
export const diff = async (a: string, b: string, options: DiffOptions): Promise<void> => {
  const client = createClient(options)
  const [one, other] = [await resolveRun(client, a), await resolveRun(client, b)]
  const comparison = await client.get(`/api/compare?${new URLSearchParams({ a: one, b: other })}`, Comparison)
  await (isTerminal(options.json) ? print(comparisonText(comparison, options.all === true)) : printJson(comparison))
}

const comparisonText = ({ a, b, rows, first_divergence, deltas, notes, truncated }: Comparison, all: boolean): string => {
  const half = Math.max(24, Math.floor((width() - 5) / 2))
  const head = [
    `${cut(`a ${a.id.slice(0, 8)}  ${plain(a.agent_id)}: ${a.status}`, half).padEnd(half)}     ${cut(`b ${b.id.slice(0, 8)}  ${plain(b.agent_id)}: ${b.status}`, half)}`,
  ]
  const shown = rows.flatMap((row, n) => (all || !row.same || n + 1 === first_divergence ? [rowText(row, half)] : []))
  const same = rows.filter(row => row.same).length
  const figures = deltas.filter(d => d.a !== d.b).map(d => `  ${d.figure}: ${figureText(d.a)} → ${figureText(d.b)}`)
  return [
    ...head,
    ...shown,
    '',
    first_divergence === null
      ? 'No difference.'
      : `${same} of ${rows.length} rows are the same${all ? '' : ' and left out (--all shows them)'}; the first difference is row ${first_divergence + 1}.`,
    ...figures,
    ...notes.map(note => `  ${plain(note)}`),
    ...(truncated ? ['  Only the first 5,000 steps of each were compared.'] : []),
  ].join('\n')
}

const figureText = (n: number | null): string => (n === null ? '–' : String(Number(n.toPrecision(4))))

const rowText = ({ a, b, same }: ComparedRow, half: number): string => {
  const [mark, colour] = markOf(a, b, same)
  return coloured(`${cut(stepText(a), half).padEnd(half)}  ${mark}  ${cut(stepText(b), half)}`.trimEnd(), colour)
}

const markOf = (a: StepItem | null, b: StepItem | null, same: boolean): readonly [string, Colour | undefined] => {
  if (same) return [' ', 'dim']
  if (a === null) return ['+', 'green']
  return b === null ? ['-', 'red'] : ['≠', 'yellow']
}

const stepText = (step: StepItem | null): string =>
  step === null ? '' : `${String(step.sequence).padStart(4)} ${step.type} ${plain(`${step.name ?? ''} ${step.preview}`)}`
