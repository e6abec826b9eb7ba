import { once } from 'node:events'
import type { RequestHandler, Response } from 'express'
import type { Knex } from 'knex'
import { drainRun, type Frame } from '../store/event-queries.ts'
import type { Stream } from '../stream/index.ts'
import { Problem } from './problem.ts'

const heartbeatMs = 15_000
/** A reader that takes nothing for so long is dropped. */
const stalledMs = 30_000
const maxStreams = 500
const retryMs = 1_000

type Encoding = { readonly type: string; readonly frame: (frame: Frame) => string; readonly heartbeat: string; readonly hello: string }

const sse: Encoding = {
  type: 'text/event-stream',
  frame: ({ event, data, id }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`,
  heartbeat: ': heartbeat\n\n',
  hello: `retry: ${retryMs}\n\n`,
}

const lines: Encoding = {
  type: 'application/x-ndjson',
  frame: frame => `${JSON.stringify(frame)}\n`,
  heartbeat: '\n',
  hello: '',
}

/** The events of one run, from the reader's cursor (`Last-Event-ID`) on, for as long as the reader stays. */
export const createRunEvents = ({ db, stream }: { readonly db: Knex; readonly stream: Stream }): RequestHandler<{ id: string }> => {
  let open = 0
  return async (request, response) => {
    if (open >= maxStreams) throw new Problem(503, 'Too many readers', `${maxStreams} streams are open; try again later`)
    const cursor = cursorFrom(request.get('last-event-id'))
    const watch = stream.watch(request.params.id)
    open += 1
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const ends = AbortSignal.any([gone.signal, stream.stopped])
    try {
      const encoding = request.accepts(['text/event-stream', 'application/x-ndjson']) === 'application/x-ndjson' ? lines : sse
      await follow({ db, run: request.params.id, response, encoding, ends }, cursor, watch.next)
    } finally {
      open -= 1
      watch.close()
      response.end()
    }
  }
}

/** No cursor: everything. Beyond the run's revision, or no number: a `reset`, then everything. */
const cursorFrom = (header: string | undefined): number => {
  if (header === undefined || header === '') return 0
  return /^\d{1,15}$/.test(header) ? Number(header) : Number.MAX_SAFE_INTEGER
}

type Following = {
  readonly db: Knex
  readonly run: string
  readonly response: Response
  readonly encoding: Encoding
  readonly ends: AbortSignal
}

const follow = async (
  { db, run, response, encoding, ends }: Following,
  start: number,
  next: (revision: number, ms: number, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const begin = (): void => {
    if (response.headersSent) return
    response.status(200).set({ 'content-type': encoding.type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    response.write(encoding.hello)
  }
  const send = async (text: string): Promise<void> => {
    begin()
    if (ends.aborted) throw new ReaderGoneError('The reader has gone')
    if (!response.write(text)) await drained(response, ends)
  }
  let cursor = start
  try {
    while (!ends.aborted) {
      const at = await drainRun(db, run, cursor, frame => send(encoding.frame(frame)))
      if (at === undefined) throw new Problem(404, 'Not found', `There is no run ${run}`)
      begin()
      cursor = at.revision
      if (at.ends) return
      const before = performance.now()
      await next(cursor, heartbeatMs, ends)
      if (performance.now() - before >= heartbeatMs) await send(encoding.heartbeat)
    }
  } catch (error) {
    if (!(error instanceof ReaderGoneError)) throw error
  }
}

class ReaderGoneError extends Error {
  override readonly name = 'ReaderGoneError'
}

const drained = async (response: Response, ends: AbortSignal): Promise<void> => {
  const signal = AbortSignal.any([ends, AbortSignal.timeout(stalledMs)])
  try {
    await once(response, 'drain', { signal })
  } catch {
    response.destroy()
    throw new ReaderGoneError('The reader has gone, or took nothing for too long')
  }
}
