import { ask, RequestError } from './request.ts'

/** One message of a stream. `data` is what its JSON says. */
export type Told = { readonly event: string; readonly data: unknown; readonly id: string | undefined }

export type StreamState = { readonly kind: 'live' } | { readonly kind: 'lost'; readonly inMs: number } | { readonly kind: 'ended' }

type Following = {
  readonly path: string
  /** Where to go on: the cursor of what is held; undefined for what begins now. */
  readonly from?: string | undefined
  readonly onTold: (told: readonly Told[]) => void
  readonly onState: (state: StreamState) => void
}

const firstWaitMs = 1_000
const maxWaitMs = 15_000

/**
 * Follows an event stream until it is stopped; comes back with the last id after a loss, so nothing is missed. By fetch and
 * not by EventSource, which can't say a token. 204 and 4xx end it.
 */
export const followEvents = ({ path, from, onTold, onState }: Following): (() => void) => {
  const stop = new AbortController()
  let cursor = from
  let waitMs = firstWaitMs
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const response = await ask(path, {
          signal: stop.signal,
          headers: { accept: 'text/event-stream', ...(cursor === undefined ? {} : { 'last-event-id': cursor }) },
        })
        if (response.status === 204 || response.body === null) return onState({ kind: 'ended' })
        waitMs = firstWaitMs
        onState({ kind: 'live' })
        await readEvents(response.body, told => {
          cursor = told.findLast(it => it.id !== undefined)?.id ?? cursor
          onTold(told.filter(it => it.event !== ''))
        })
      } catch (error) {
        if (stop.signal.aborted) return
        if (error instanceof RequestError && error.status >= 400 && error.status < 500 && error.status !== 429)
          return onState({ kind: 'ended' })
      }
      if (stop.signal.aborted) return
      onState({ kind: 'lost', inMs: waitMs })
      await pause(waitMs, stop.signal)
      waitMs = Math.min(waitMs * 2, maxWaitMs)
    }
  }
  void run()
  return () => stop.abort()
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })

const readEvents = async (body: ReadableStream<Uint8Array>, onTold: (told: readonly Told[]) => void): Promise<void> => {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    const told = blocks.map(toldFrom).filter(it => it !== undefined)
    if (told.length > 0) onTold(told)
  }
}

/** One block of a stream; undefined for a comment. An id without an event only sets the cursor. */
const toldFrom = (block: string): Told | undefined => {
  let [event, data, id]: [string, string, string | undefined] = ['', '', undefined]
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice(7)
    else if (line.startsWith('data: ')) data += line.slice(6)
    else if (line.startsWith('id: ')) id = line.slice(4)
  }
  if (event === '' && id === undefined) return undefined
  return { event, data: data === '' ? undefined : JSON.parse(data), id }
}
