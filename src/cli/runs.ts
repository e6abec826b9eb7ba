import { duration } from '../config-values.ts'
import { type RunItem, RunItemPage } from '../model/api/run-item.ts'
import { abbreviated, type ClientOptions, createClient } from './client.ts'
import { ExitError } from './exit.ts'
import { ago, type Cell, type Colour, durationText, isTerminal, plain, print, printJson, say, table } from './output.ts'

export type RunsOptions = ClientOptions & {
  readonly json?: boolean
  readonly status?: string
  readonly agent?: string
  readonly session?: string
  readonly since?: string
  readonly query?: string
  readonly limit: string
  readonly failOn?: string
}

const pageSize = 500

/** Lists runs, newest first. Ends with 6 where there is none, with 7 where `failOn error` finds a failed one. */
export const runs = async (options: RunsOptions): Promise<void> => {
  const client = createClient(options)
  const limit = limitFrom(options.limit)
  if (options.failOn !== undefined && options.failOn !== 'error')
    throw new ExitError('usage', `--fail-on: expected error, got "${options.failOn}"`)
  const found: RunItem[] = []
  for (let cursor: string | null | undefined; cursor !== null && found.length < limit; ) {
    const query = queryOf(options, Math.min(pageSize, limit - found.length), cursor)
    const page: RunItemPage = await client.get(`/api/runs?${query}`, RunItemPage)
    found.push(...page.items)
    cursor = page.next
  }
  if (found.length === 0) throw new ExitError('nothing', 'There are no such runs')
  if (isTerminal(options.json)) await print(runsTable(found))
  else for (const run of found) await printJson(run)
  const failed = found.filter(run => run.status === 'failed' || run.errors > 0).length
  if (options.failOn !== undefined && failed > 0)
    throw new ExitError('errors', `${failed} of ${found.length} runs have failed or have errors`)
  if (isTerminal(options.json) && found.length === limit) say('There may be more: -n says how many are shown.')
}

const limitFrom = (text: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new ExitError('usage', `-n: expected a number of runs from 1 to 999999, got "${text}"`)
}

const queryOf = ({ status, agent, session, since, query }: RunsOptions, limit: number, cursor: string | undefined): URLSearchParams => {
  const asked = { status, agent, session, q: query, from: since === undefined ? undefined : instantBefore(since), cursor }
  const given = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return new URLSearchParams({ ...Object.fromEntries(given), limit: String(limit) })
}

/** `1h`: an hour ago; or an instant as it is. */
export const instantBefore = (text: string): string => {
  const ms = duration.safeParse(text)
  if (ms.success) return new Date(Date.now() - ms.data).toISOString()
  const at = Date.parse(text)
  if (!Number.isNaN(at)) return new Date(at).toISOString()
  throw new ExitError('usage', `Expected a time such as 2026-01-31T12:00:00Z, or how long ago: 10m, 1h, 7d; got "${text}"`)
}

export const statusColours: Readonly<Record<string, Colour>> = {
  completed: 'green',
  failed: 'red',
  running: 'cyan',
  cancelled: 'yellow',
  pending: 'dim',
}

const runsTable = (items: readonly RunItem[]): string => {
  const ids = abbreviated(items.map(run => run.id))
  const number = (n: number | null, colour?: Colour): Cell => ({ text: n === null ? '' : String(n), right: true, colour })
  return table(
    ['ID', 'STARTED', 'AGENT', 'STATUS', 'STEPS', 'ERRORS', 'GAPS', 'TOOK', 'TOKENS', 'COST', 'INPUT'],
    items.map(run => [
      { text: ids.get(run.id) ?? run.id, colour: 'bold' },
      { text: ago(run.created_at), right: true },
      { text: plain(run.agent_id).slice(0, 24) },
      { text: run.status, colour: statusColours[run.status] },
      number(run.steps),
      number(run.errors, run.errors > 0 ? 'red' : undefined),
      number(run.gaps, run.gaps > 0 ? 'yellow' : undefined),
      { text: durationText(run.duration_ms), right: true },
      number(run.input_tokens === null && run.output_tokens === null ? null : (run.input_tokens ?? 0) + (run.output_tokens ?? 0)),
      { text: run.cost === null ? '' : `$${run.cost.toPrecision(3)}`, right: true },
      { text: plain(run.input ?? '') },
    ]),
  )
}
