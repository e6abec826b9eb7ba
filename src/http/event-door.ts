import type { Request, RequestHandler, Response } from 'express'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import type { Stream } from '../stream/index.ts'
import { createEventSink, type EventSink, ReaderGoneError, type SinkLimits } from './event-sink.ts'
import { createReaders, type ReaderLimits, type Readers } from './readers.ts'

export type EventLimits = ReaderLimits & SinkLimits

export const defaultEventLimits: EventLimits = { maxReaders: 500, maxReadersPerClient: 100, heartbeatMs: 15_000, stalledMs: 30_000 }

/** One reader of a stream, from its first event to its last. */
export type Serve<P> = (call: {
  readonly request: Request<P>
  readonly response: Response
  readonly sink: EventSink
  /** The reader has gone, or the server stops. */
  readonly ends: AbortSignal
}) => Promise<void>

export type EventDoor = <P>(serve: Serve<P>) => RequestHandler<P>

type DoorOptions = { readonly stream: Stream; readonly log: Log; readonly limits: EventLimits }

/** The way into the streams of a server: counts all their readers together, and ends each when it leaves or the server stops. */
export const createEventDoor = ({ stream, log, limits }: DoorOptions): EventDoor => {
  const readers: Readers = createReaders(limits)
  return serve => async (request, response) => {
    const leave = readers.enter(clientOf(request))
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const ends = AbortSignal.any([gone.signal, stream.stopped])
    try {
      await serve({ request, response, sink: createEventSink(request, response, ends, limits), ends })
    } catch (error) {
      if (!response.headersSent) throw error
      // The reader comes back with its cursor.
      if (!(error instanceof ReaderGoneError)) log.warn({ path: request.path, error: errorSummary(error) }, 'A stream was cut off')
    } finally {
      leave()
      if (response.headersSent) response.end()
    }
  }
}

/** Behind a proxy everybody has one address: a token tells clients apart where there is one. */
const clientOf = (request: { readonly headers: Request['headers']; readonly socket: Request['socket'] }): string =>
  request.headers.authorization ?? request.socket.remoteAddress ?? ''
