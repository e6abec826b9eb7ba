import type { Knex } from 'knex'
import type { Step } from '../model/step.ts'
import { countRuns, type ExportScope, exportArtifacts, exportRun, exportRunIds, exportSteps } from '../store/export-queries.ts'
import { withLedger } from './database.ts'
import { ExitError } from './exit.ts'
import { exportOtlp } from './export-otlp.ts'
import { type Output, openOutput } from './export-output.ts'
import { createParquetExport } from './export-parquet.ts'
import { markdown, openaiLine } from './export-text.ts'
import { createProgress, say } from './output.ts'
import { wholeRunIds } from './run-ids.ts'
import { instantBefore } from './runs.ts'

export const exportFormats = ['otlp', 'jsonl', 'openai', 'parquet', 'md'] as const
export type ExportFormat = (typeof exportFormats)[number]

export type ExportOptions = {
  readonly format: string
  readonly out?: string
  readonly resume?: boolean
  readonly from?: string
  readonly until?: string
  readonly agent?: string
  readonly status?: string
}

const isFormat = (text: string): text is ExportFormat => exportFormats.some(format => format === text)

/** Writes runs out: to stdout, a file, or, as OTLP and Parquet, which are several files, to a folder. One run at a time is held. */
export const exportRuns = (runs: readonly string[], options: ExportOptions): Promise<void> => {
  const { format, out } = options
  if (!isFormat(format)) throw new ExitError('usage', `--format: expected one of ${exportFormats.join(', ')}, got "${format}"`)
  if (out === undefined && (format === 'otlp' || format === 'parquet'))
    throw new ExitError('usage', `--out: expected a folder for ${format}`)
  if (options.resume === true && (out === undefined || format === 'parquet'))
    throw new ExitError('usage', '--resume: expected --out, and a format whose files can be gone on with (not parquet)')
  return withLedger(async db => {
    const scope = await scopeFrom(db, runs, options)
    if (format === 'otlp') return exportOtlp(db, scope, out ?? '', options.resume === true)
    const total = await countRuns(db, scope)
    if (total === 0) throw new ExitError('nothing', 'There are no such runs')
    const written =
      format === 'parquet' ? await exportTables(db, scope, out ?? '', total) : await exportTexts(db, scope, total, { ...options, format })
    say(`${written} run${written === 1 ? '' : 's'} exported.`)
  })
}

/** Which runs the options of `export` and `replay` mean. */
export const scopeFrom = async (
  db: Knex,
  runs: readonly string[],
  options: Pick<ExportOptions, 'from' | 'until' | 'agent' | 'status'>,
): Promise<ExportScope> => ({
  runs: runs.length === 0 ? undefined : await wholeRunIds(db, runs),
  from: options.from === undefined ? undefined : new Date(instantBefore(options.from)),
  to: options.until === undefined ? undefined : new Date(instantBefore(options.until)),
  agent: options.agent,
  status: options.status,
})

const runsAPage = 200

async function* idsOf(db: Knex, scope: ExportScope, after: string | undefined): AsyncGenerator<string> {
  for (let last = after; ; ) {
    const ids = await exportRunIds(db, scope, last, runsAPage)
    yield* ids
    last = ids.at(-1)
    if (last === undefined) return
  }
}

const exportTables = async (db: Knex, scope: ExportScope, folder: string, total: number): Promise<number> => {
  const tables = createParquetExport(folder)
  const progress = createProgress('runs')
  let done = 0
  for await (const id of idsOf(db, scope, undefined)) {
    const run = await exportRun(db, id)
    if (run === undefined) continue
    await tables.addRun(run)
    for await (const step of exportSteps(db, id)) await tables.addStep(step)
    progress.at(++done, total)
  }
  await tables.finish()
  progress.end()
  return done
}

const exportTexts = async (
  db: Knex,
  scope: ExportScope,
  total: number,
  options: ExportOptions & { readonly format: ExportFormat },
): Promise<number> => {
  const output = openOutput(options.out, options.resume === true)
  const progress = createProgress('runs')
  let { done } = output
  for await (const id of idsOf(db, scope, output.after)) {
    await (options.format === 'jsonl' ? writeJsonLine(db, id, output) : writeText(db, id, options.format, output))
    output.reached(id, ++done)
    progress.at(done, total)
  }
  output.finish()
  progress.end()
  return done
}

/** `{"run":…,"artifacts":[…],"steps":[…]}`, a step at a time. */
const writeJsonLine = async (db: Knex, id: string, output: Output): Promise<void> => {
  const run = await exportRun(db, id)
  if (run === undefined) return
  await output.write(`{"run":${JSON.stringify(run)},"artifacts":${JSON.stringify(await exportArtifacts(db, id))},"steps":[`)
  let isFirst = true
  for await (const step of exportSteps(db, id)) {
    await output.write(`${isFirst ? '' : ','}${JSON.stringify(step)}`)
    isFirst = false
  }
  await output.write(']}\n')
}

const writeText = async (db: Knex, id: string, format: ExportFormat, output: Output): Promise<void> => {
  const run = await exportRun(db, id)
  if (run === undefined) return
  const steps: Step[] = []
  for await (const step of exportSteps(db, id)) steps.push(step)
  const whole = { run, steps, artifacts: await exportArtifacts(db, id) }
  const text = format === 'md' ? markdown(whole) : openaiLine(whole)
  if (text !== undefined) await output.write(text)
}
