import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { EventPayload } from '../model/event.ts'
import { Run } from '../model/run.ts'
import { type Client, type ClientOptions, createClient, resolveRun } from './client.ts'
import { ExitError } from './exit.ts'
import { coloured, cut, isTerminal, plain, print, say, textOf, width } from './output.ts'
import { statusColours } from './runs.ts'

export type TailOptions = ClientOptions & {
  readonly json?: boolean
  readonly agent?: string
  readonly status?: string
  readonly untilEnd?: boolean
}

const Line = z.object({ event: z.string(), id: z.number().optional(), data: z.unknown() })
const retryMs = 1_000

/** Follows a run, or all runs, as they happen, over restarts of the server, until it is interrupted or, with `untilEnd`, the run has ended. */
export const tail = async (run: string | undefined, options: TailOptions): Promise<void> => {
  const client = createClient(options)
  if (options.untilEnd === true && run === undefined) throw new ExitError('usage', '--until-end: expected the run that is waited for')
  const path = run === undefined ? `/api/events?${filterOf(options)}` : `/api/runs/${await resolveRun(client, run)}/events`
  const shown = isTerminal(options.json) ? createShown() : ({ text }: Told) => text
  let cursor: string | undefined
  /** Whether what is waited for has come. */
  const follow = async (): Promise<boolean> => {
    for await (const told of eventsOf(client, path, cursor)) {
      const line = shown(told)
      if (line !== undefined) await print(line)
      if (told.id !== undefined) cursor = String(told.id)
      if (options.untilEnd === true && hasEnded(told)) return true
    }
    return false
  }
  const isOver = (): Promise<boolean> =>
    follow().catch((error: unknown) => {
      if (cursor === undefined || !isLost(error)) throw error
      return false
    })
  while (!(await isOver())) {
    say('The server has closed the stream; going on where it was.')
    await sleep(retryMs)
  }
}

const isLost = (error: unknown): boolean => !(error instanceof ExitError) || error.code === 5

const filterOf = ({ agent, status }: TailOptions): URLSearchParams => {
  const given = Object.entries({ agent, status }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return new URLSearchParams(Object.fromEntries(given))
}

const hasEnded = ({ event, data }: Told): boolean => {
  if (event === 'run.removed' || event === 'run.moved') return true
  const run = event === 'run.updated' ? Run.pick({ status: true }).safeParse(data) : undefined
  return run?.success === true && ['completed', 'failed', 'cancelled'].includes(run.data.status)
}

type Told = z.infer<typeof Line> & { readonly text: string }

async function* eventsOf(client: Client, path: string, cursor: string | undefined): AsyncGenerator<Told> {
  const headers = { accept: 'application/x-ndjson', ...(cursor === undefined ? {} : { 'last-event-id': cursor }) }
  const { body } = await client.open(path, headers)
  if (body === null) return
  // The DOM's type and Node's are two names of one thing.
  const stream: ReadableStream = body
  for await (const text of createInterface({ input: Readable.fromWeb(stream) })) {
    if (text !== '') yield { ...Line.parse(JSON.parse(text)), text }
  }
}

/** What a terminal shows of an event; nothing where it says nothing new to a person. */
const createShown = (): ((told: Told) => string | undefined) => {
  const statuses = new Map<string, string>()
  return ({ event, data }) => {
    if (event === 'run.updated') {
      const run = Run.parse(data)
      const line = `${run.status}, ${run.steps} steps`
      if (statuses.get(run.id) === run.status) return undefined
      statuses.set(run.id, run.status)
      return `${coloured(run.id.slice(0, 8), 'dim')}        ${coloured(`${plain(run.agent_id)}: ${line}`, statusColours[run.status])}`
    }
    if (event !== 'step.added' && event !== 'step.updated') return undefined
    return stepLine(event, EventPayload.parse(data))
  }
}

const stepLine = (event: string, payload: EventPayload): string => {
  const mark = event === 'step.updated' ? '~' : ' '
  const head = `${payload.run_id.slice(0, 8)}  ${mark}${String(payload.sequence).padStart(4)}  ${payload.type.padEnd(11)}  `
  return coloured(head, payload.type === 'error' ? 'red' : 'dim') + cut(plain(saidOf(payload)), Math.max(20, width() - head.length))
}

const saidOf = ({ data }: EventPayload): string => {
  if ('preview' in data) return data.preview
  if ('items' in data)
    return data.items
      .map(item => `${item.status === 'completed' ? '☑' : item.status === 'in_progress' ? '◐' : '☐'} ${item.title}`)
      .join(' · ')
  if ('output' in data) return `${data.tool_name} ${data.is_error ? 'failed: ' : '→ '}${textOf(data.output)}`
  if ('arguments' in data) return `${data.tool_name} ${JSON.stringify(data.arguments)}`
  return 'message' in data ? data.message : data.text
}
