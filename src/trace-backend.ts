import type { BackendState } from './model/api/trace.ts'

/** The tool beside us that shows whole traces: Jaeger, or whatever a template leads to. Ids come in full, lower case. */
export type TraceBackend = {
  /** Where it shows a trace, with `{spanId}` open; undefined where there is none. */
  readonly template: (traceId: string) => string | undefined
  /** Where it shows a trace, at that span. */
  readonly link: (traceId: string, spanId?: string) => string | undefined
  /** Whether Jaeger has a trace, asked now; never rejects. */
  readonly state: (traceId: string) => Promise<BackendState>
}

type Options = {
  /** Base of Jaeger's page and API, without a slash at its end. */
  readonly jaegerUrl?: string | undefined
  /** With `{traceId}` and `{spanId}`. Wins over Jaeger's own. */
  readonly traceUrlTemplate?: string | undefined
  readonly timeoutMs?: number
}

const defaultTimeoutMs = 2_000
/** Questions at once; whoever comes beyond is told `unreachable`. */
const maxAsking = 16
/** Of an answer, what is read at most: its beginning says whether there is a trace. */
const maxAnswerBytes = 64 * 1024

export const createTraceBackend = ({ jaegerUrl, traceUrlTemplate, timeoutMs = defaultTimeoutMs }: Options): TraceBackend => {
  const base = jaegerUrl?.replace(/\/+$/, '')
  const open = traceUrlTemplate ?? (base === undefined ? undefined : `${base}/trace/{traceId}?uiFind={spanId}`)
  const template = (traceId: string): string | undefined => open?.replaceAll('{traceId}', traceId)
  const asking = new Map<string, Promise<BackendState>>()
  const state = (traceId: string): Promise<BackendState> => {
    if (base === undefined) return Promise.resolve('off')
    const known = asking.get(traceId)
    if (known !== undefined) return known
    if (asking.size >= maxAsking) return Promise.resolve('unreachable')
    const asked = ask(`${base}/api/traces/${traceId}`, timeoutMs).finally(() => asking.delete(traceId))
    asking.set(traceId, asked)
    return asked
  }
  return { template, link: (traceId, spanId) => withSpan(template(traceId), spanId), state }
}

// Without a span Jaeger's own parameter goes, or its page would say "0 matches".
const withSpan = (open: string | undefined, spanId: string | undefined): string | undefined =>
  spanId === undefined ? open?.replace(/\?uiFind=\{spanId\}$/, '').replaceAll('{spanId}', '') : open?.replaceAll('{spanId}', spanId)

// Jaeger says that it has no trace by 404 with its errors as JSON (of a type that is none); its page answers every unknown
// path with 200 and HTML, and so does a proxy that wants a login.
const ask = async (url: string, timeoutMs: number): Promise<BackendState> => {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const beginning = await beginningOf(response)
    if (response.status === 404) return /"errors"\s*:\s*\[\s*\{/.test(beginning) ? 'gone' : 'unreachable'
    const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '')
    if (response.status !== 200 || !isJson) return 'unreachable'
    return /"data"\s*:\s*\[\s*\{/.test(beginning) ? 'found' : 'gone'
  } catch {
    return 'unreachable'
  }
}

const beginningOf = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  if (response.body === null) return text
  // Leaving the loop cancels the rest of the body.
  for await (const chunk of response.body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxAnswerBytes || /"data"\s*:\s*\[\s*\S/.test(text)) break
  }
  return text
}
