import type { Request, Response } from 'express'
import type { RunEvent } from '../model/event.ts'

export type SinkLimits = {
  readonly heartbeatMs: number
  /** A reader that takes nothing for so long is dropped. */
  readonly stalledMs: number
}

/** Where the events of a stream go: as SSE, or as lines of JSON where `Accept` says application/x-ndjson. */
export type EventSink = {
  /** Begins the answer, once; `cursor` is set for who has none yet. */
  readonly begin: (cursor?: number) => void
  /** Resolves when the reader has taken them; throws ReaderGoneError where it has gone, or takes nothing for too long. */
  readonly write: (events: readonly RunEvent[]) => Promise<void>
  /** A sign of life, and the cursor where it has moved without an event. */
  readonly beat: (cursor?: number) => Promise<void>
  readonly isHead: boolean
}

/** There is nobody to write to any more. */
export class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError'
}

const retryMs = 1_000
/** Characters in a piece, and one event more. */
const maxWrite = 256 * 1024

type Format = {
  readonly type: string
  /** In pieces that are handed to the socket at once. */
  readonly frames: (events: readonly RunEvent[]) => readonly Buffer[]
  readonly beat: (cursor: number | undefined) => string
  readonly hello: (cursor: number | undefined) => string
}

// An empty message with an id sets the cursor of an EventSource and is no event.
const idLine = (cursor: number | undefined): string => (cursor === undefined ? '' : `id: ${cursor}\n`)

/** The same events, written to many readers, are framed once. */
const framing = (frame: (event: RunEvent) => string): Format['frames'] => {
  const known = new WeakMap<readonly RunEvent[], readonly Buffer[]>()
  return events => {
    const framed = known.get(events) ?? piecesOf(events, frame)
    known.set(events, framed)
    return framed
  }
}

const piecesOf = (events: readonly RunEvent[], frame: (event: RunEvent) => string): readonly Buffer[] => {
  const pieces: Buffer[] = []
  let text = ''
  for (const event of events) {
    text += frame(event)
    if (text.length < maxWrite) continue
    pieces.push(Buffer.from(text))
    text = ''
  }
  return text === '' ? pieces : [...pieces, Buffer.from(text)]
}

const sse: Format = {
  type: 'text/event-stream',
  frames: framing(({ event, data, id }) => `event: ${event}\n${idLine(id)}data: ${data}\n\n`),
  beat: cursor => `: heartbeat\n${idLine(cursor)}\n`,
  hello: cursor => `retry: ${retryMs}\n${idLine(cursor)}\n`,
}

const lines: Format = {
  type: 'application/x-ndjson',
  frames: framing(({ event, data, id }) => `{"event":"${event}",${id === undefined ? '' : `"id":${id},`}"data":${data}}\n`),
  beat: () => '\n',
  hello: () => '',
}

/** `ends`: the reader has gone, or the server stops. Nothing is answered before `begin` or the first write. */
export const createEventSink = (
  request: Pick<Request, 'accepts' | 'method'>,
  response: Response,
  ends: AbortSignal,
  limits: SinkLimits,
): EventSink => {
  const format = request.accepts([sse.type, lines.type]) === lines.type ? lines : sse
  const isHead = request.method === 'HEAD'
  const begin = (cursor?: number): void => {
    if (response.headersSent || response.destroyed) return
    // Not by Express, which adds a charset.
    response.setHeader('content-type', format.type)
    response.status(200).set({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    response.flushHeaders()
    const hello = format.hello(cursor)
    if (hello !== '') response.write(hello)
  }
  const send = async (text: string | Buffer): Promise<void> => {
    if (ends.aborted) throw new ReaderGoneError('The reader has gone')
    begin()
    if (isHead || response.write(text)) return
    if (await isDrained(response, limits.stalledMs, ends)) return
    response.destroy()
    throw new ReaderGoneError('The reader has gone, or took nothing for too long')
  }
  const write = async (events: readonly RunEvent[]): Promise<void> => {
    for (const piece of format.frames(events)) await send(piece)
  }
  return { begin, write, beat: cursor => send(format.beat(cursor)), isHead }
}

const isDrained = (response: Response, ms: number, ends: AbortSignal): Promise<boolean> =>
  new Promise(resolve => {
    const done = (isIt: boolean) => (): void => {
      clearTimeout(timer)
      response.off('drain', yes)
      ends.removeEventListener('abort', no)
      resolve(isIt)
    }
    const yes = done(true)
    const no = done(false)
    const timer = setTimeout(no, ms)
    response.on('drain', yes)
    ends.addEventListener('abort', no, { once: true })
  })
