import type { Request, RequestHandler, Response } from 'express'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import type { ReadChanges, RunEvent } from '../model/event.ts'
import { createShared, drain, type Reader, type Stream, type Watch } from '../stream/index.ts'
import { Problem } from './problem.ts'
import { createReaders, type ReaderLimits } from './readers.ts'

export type EventLimits = ReaderLimits & {
  readonly heartbeatMs: number
  /** A reader that takes nothing for so long is dropped. */
  readonly stalledMs: number
}

export const defaultEventLimits: EventLimits = { maxReaders: 500, maxReadersPerAddress: 100, heartbeatMs: 15_000, stalledMs: 30_000 }

const retryMs = 1_000
/** Characters handed to the socket at once. */
const maxWrite = 256 * 1024

type Format = {
  readonly type: string
  readonly frame: (event: RunEvent) => string
  readonly heartbeat: string
  /** What a stream begins with; `isFresh`: for a reader that holds nothing and has no cursor to keep. */
  readonly hello: (isFresh: boolean) => string
}

// The empty message of the fresh hello sets the cursor to 0: who is cut off in the middle of the first revision and comes back says so.
const sse: Format = {
  type: 'text/event-stream',
  frame: ({ event, data, id }) => `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`,
  heartbeat: ': heartbeat\n\n',
  hello: isFresh => `retry: ${retryMs}\n${isFresh ? 'id: 0\n' : ''}\n`,
}

const lines: Format = {
  type: 'application/x-ndjson',
  frame: ({ event, data, id }) => `{"event":"${event}",${id === undefined ? '' : `"id":${id},`}"data":${data}}\n`,
  heartbeat: '\n',
  hello: () => '',
}

type EventsOptions = { readonly read: ReadChanges; readonly stream: Stream; readonly log: Log; readonly limits: EventLimits }

/**
 * The events of one run from the reader's cursor (`Last-Event-ID`) on, for as long as it stays: as SSE, or as lines of JSON
 * where `Accept` says application/x-ndjson. No cursor: the reader holds nothing. A cursor that the run never had, or that is
 * no number: a `reset`, then everything; a browser would take a refusal for the end. 204 where the run is no more and the
 * cursor says that the reader knows.
 */
export const createRunEvents = ({ read, stream, log, limits }: EventsOptions): RequestHandler<{ id: string }> => {
  const readers = createReaders(limits)
  const shared = createShared(read)
  return async (request, response) => {
    const leave = readers.enter(request.socket.remoteAddress ?? '')
    const watch = stream.watch(request.params.id)
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const ends = AbortSignal.any([gone.signal, stream.stopped])
    const format = request.accepts([sse.type, lines.type]) === lines.type ? lines : sse
    try {
      const reader = readerFrom(request)
      const [isHead, isFresh] = [request.method === 'HEAD', reader.cursor === undefined]
      await follow({ read: shared, run: request.params.id, response, format, ends, limits, watch, isHead, isFresh }, reader)
    } catch (error) {
      if (!response.headersSent) throw error
      // The reader comes back with its cursor.
      if (!(error instanceof ReaderGoneError)) log.warn({ run: request.params.id, error: errorSummary(error) }, 'A stream was cut off')
    } finally {
      leave()
      watch.close()
      if (response.headersSent) response.end()
    }
  }
}

/** Revisions begin at 1. What is no number is a revision that never was. */
const readerFrom = (request: Request<{ id: string }>): Reader => {
  const header = request.get('last-event-id') ?? ''
  if (header === '') return { cursor: undefined, holds: false }
  return { cursor: /^\d{1,15}$/.test(header) ? Number(header) : Number.MAX_SAFE_INTEGER, holds: true }
}

type Following = {
  readonly read: ReadChanges
  readonly run: string
  readonly response: Response
  readonly format: Format
  readonly ends: AbortSignal
  readonly limits: EventLimits
  readonly watch: Watch
  readonly isHead: boolean
  readonly isFresh: boolean
}

const follow = async (following: Following, start: Reader): Promise<void> => {
  const { read, run, response, ends, limits, watch, format } = following
  const write = (events: readonly RunEvent[]): Promise<void> => sendEvents(following, events)
  let reader = start
  while (!ends.aborted) {
    const drained = await drain(read, run, reader, write)
    if (drained.kind !== 'current') return finish(response, run, drained)
    reader = drained.reader
    begin(following)
    if (following.isHead) return
    while (!(await watch.next(reader.cursor ?? 0, limits.heartbeatMs, ends))) {
      if (ends.aborted) return
      await send(following, format.heartbeat)
    }
  }
}

const finish = (
  response: Response,
  run: string,
  drained: { readonly kind: 'ended'; readonly told: boolean } | { readonly kind: 'unknown' },
): void => {
  if (response.headersSent) return
  if (drained.kind === 'unknown') throw new Problem(404, `There is no run ${run}`)
  response.status(204).end()
}

const begin = ({ response, format, isFresh }: Following): void => {
  if (response.headersSent || response.destroyed) return
  // Not by Express, which adds a charset.
  response.setHeader('content-type', format.type)
  response.status(200).set({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.flushHeaders()
  const hello = format.hello(isFresh)
  if (hello !== '') response.write(hello)
}

const sendEvents = async (following: Following, events: readonly RunEvent[]): Promise<void> => {
  let text = ''
  for (const event of events) {
    text += following.format.frame(event)
    if (text.length < maxWrite) continue
    await send(following, text)
    text = ''
  }
  if (text !== '') await send(following, text)
}

class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError'
}

const send = async (following: Following, text: string): Promise<void> => {
  const { response, ends, limits } = following
  if (ends.aborted) throw new ReaderGoneError('The reader has gone')
  begin(following)
  if (following.isHead || response.write(text)) return
  if (await isDrained(response, limits.stalledMs, ends)) return
  response.destroy()
  throw new ReaderGoneError('The reader has gone, or took nothing for too long')
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
