import { type StepItem, StepItemPage } from '../model/api/step-item.ts'
import { RunDetail } from '../model/run.ts'
import { Step } from '../model/step.ts'
import { type Client, type ClientOptions, createClient, resolveRun } from './client.ts'
import { ExitError } from './exit.ts'
import { coloured, isTerminal, plain, print, printJson, width } from './output.ts'

export type ShowOptions = ClientOptions & {
  readonly json?: boolean
  readonly step?: string
  readonly full?: boolean
  readonly budget?: string
}

const stepsAPage = 2_000

/** Shows a run, a line a step; `step` one of them, whole; `full` all of them, whole. For programs: the run, then each step, a line each. */
export const show = async (run: string, options: ShowOptions): Promise<void> => {
  const client = createClient(options)
  const id = await resolveRun(client, run)
  if (options.step !== undefined) return showStep(client, id, options.step, options.json)
  if (isTerminal(options.json)) {
    if (options.full !== true)
      return print((await client.text(`/api/runs/${id}/text?${new URLSearchParams(textQuery(options))}`)).trimEnd())
    for await (const step of steps(client, id)) await print(wholeText(await wholeStep(client, step)))
    return
  }
  await printJson(await client.get(`/api/runs/${id}`, RunDetail))
  for await (const step of steps(client, id)) await printJson(options.full === true ? await wholeStep(client, step) : step)
}

const textQuery = ({ budget }: ShowOptions): Record<string, string> => ({
  width: String(Math.max(40, Math.min(width(), 500))),
  ...(budget === undefined ? {} : { budget }),
})

export async function* steps(client: Client, run: string): AsyncGenerator<StepItem> {
  for (let after: number | null = -1; after !== null; ) {
    const page: StepItemPage = await client.get(`/api/runs/${run}/steps?limit=${stepsAPage}&after=${after}`, StepItemPage)
    yield* page.items
    after = page.next
  }
}

const wholeStep = (client: Client, { run_id, id }: StepItem): Promise<Step> => client.get(`/api/runs/${run_id}/steps/${id}`, Step)

const showStep = async (client: Client, run: string, sequence: string, json: boolean | undefined): Promise<void> => {
  if (!/^\d{1,10}$/.test(sequence)) throw new ExitError('usage', `--step: expected the number of a step, got "${sequence}"`)
  const path = `/api/runs/${run}/steps?limit=1&after=${Number(sequence) - 1}`
  const [step] = (await client.get(path, StepItemPage)).items
  if (step === undefined || step.sequence !== Number(sequence)) throw new ExitError('nothing', `Run ${run} has no step ${sequence}`)
  const whole = await wholeStep(client, step)
  await (isTerminal(json) ? print(wholeText(whole)) : printJson(whole))
}

// Line by line: a text keeps its lines and nothing else that could steer a terminal.
const lines = (text: string, indent: string): string =>
  text
    .split(/\r?\n/)
    .map(line => `${indent}${plain(line)}`)
    .join('\n')

const wholeText = ({ sequence, type, timestamp, latency_ms, content, attributes }: Step): string => {
  const took = latency_ms === null ? '' : `  ${latency_ms.toFixed(0)} ms`
  const head = coloured(`${String(sequence).padStart(4)}  ${type}`, 'bold') + coloured(`  ${timestamp}${took}`, 'dim')
  const fields = Object.entries(content).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
    const body = text.includes('\n') ? `\n${lines(text, '        ')}` : ` ${plain(text)}`
    return `      ${coloured(`${plain(name)}:`, 'cyan')}${body}`
  })
  const more = Object.entries(attributes).map(([name, value]) => coloured(`      ${plain(name)}: ${plain(JSON.stringify(value))}`, 'dim'))
  return [head, ...fields, ...more].join('\n')
}
