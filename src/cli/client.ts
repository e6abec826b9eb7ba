import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readSettings } from '../config.ts'
import { DevFile } from './dev-file.ts'
import { ExitError } from './exit.ts'
import { wholeRunId } from './run-ids.ts'

export type ClientOptions = { readonly url?: string | undefined; readonly config?: string | undefined }

/** The running server, as its readers and senders see it. */
export type Client = {
  readonly api: string
  readonly otlp: string
  readonly readToken: string | undefined
  readonly ingestToken: string | undefined
  /** Throws ExitError where the server is not there, wants a token, or has no such thing. */
  readonly get: <T extends z.ZodType>(path: string, schema: T) => Promise<z.infer<T>>
  readonly text: (path: string) => Promise<string>
  readonly remove: (path: string) => Promise<void>
  readonly open: (path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<Response>
}

/** What `dev` has left in the data directory, while it runs. */
export const findDev = (dataDir: string): DevFile | undefined => {
  try {
    return DevFile.parse(JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8')))
  } catch {
    return undefined
  }
}

/** `--url`, RUNLEDGER_URL, the server that `dev.json` names, or the usual address: in this order. */
export const createClient = ({ url }: ClientOptions): Client => {
  const { dataDir, readTokens, ingestTokens } = readSettings(process.env)
  const dev = findDev(dataDir)
  const given = url ?? (process.env['RUNLEDGER_URL'] || undefined)
  if (given !== undefined && !URL.canParse(given)) throw new ExitError('usage', `Expected the URL of a runledger, got "${given}"`)
  const api = (given ?? dev?.api ?? 'http://127.0.0.1:4319').replace(/\/+$/, '')
  const [readToken, ingestToken] = [readTokens[0], ingestTokens[0]]
  const open: Client['open'] = (path, headers, signal) =>
    request(api, path, { headers: { ...bearer(readToken), ...headers }, ...(signal === undefined ? {} : { signal }) })
  return {
    api,
    otlp: given === undefined ? (dev?.otlp ?? api) : api,
    readToken,
    ingestToken,
    open,
    get: async (path, schema) => schema.parse(await (await open(path, { accept: 'application/json' })).json()),
    text: async path => (await open(path, {})).text(),
    remove: async path => {
      await request(api, path, { method: 'DELETE', headers: bearer(readToken) })
    },
  }
}

export const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

const Detail = z.object({ detail: z.string(), errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional() })

const request = async (api: string, path: string, init: RequestInit): Promise<Response> => {
  const answer = await fetch(`${api}${path}`, init).catch((cause: unknown) => {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause
    const { cause: why } = cause instanceof Error ? cause : { cause: undefined }
    throw new ExitError(
      'unreachable',
      `No runledger answers at ${api}${why instanceof Error ? ` (${why.message})` : ''}. Start one with \`runledger dev\`, or say where it is: --url or RUNLEDGER_URL`,
    )
  })
  if (answer.ok) return answer
  const said = Detail.safeParse(await answer.json().catch(() => undefined))
  const detail = said.success
    ? [said.data.detail, ...(said.data.errors ?? []).map(e => `${e.pointer}: ${e.detail}`)].join('\n  ')
    : answer.statusText
  throw new ExitError(codeOf(answer.status), detail || `HTTP ${answer.status}`)
}

const codeOf = (status: number): ConstructorParameters<typeof ExitError>[0] => {
  if (status === 401 || status === 403) return 'auth'
  if (status === 404 || status === 410) return 'nothing'
  if (status === 400) return 'usage'
  return status === 429 || status === 503 ? 'unreachable' : 'unexpected'
}

const RunIds = z.object({ items: z.array(z.string()) })

/** The run an id or its beginning stands for. Throws ExitError where there is none, or several. */
export const resolveRun = (client: Client, text: string): Promise<string> =>
  wholeRunId(text, async digits => (await client.get(`/api/run-ids/${digits}`, RunIds)).items)

/** The shortest beginnings, of at least eight characters, by which these ids can be told apart. */
export const abbreviated = (ids: readonly string[]): ReadonlyMap<string, string> => {
  for (const length of [8, 13, 18, 23]) {
    const short = new Map(ids.map(id => [id, id.slice(0, length)]))
    if (new Set(short.values()).size === short.size) return short
  }
  return new Map(ids.map(id => [id, id]))
}
