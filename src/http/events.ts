import type { Request, RequestHandler, Response } from 'express'
import type { ReadChanges } from '../model/event.ts'
import { createShared, drain, type Reader, type Stream, type Watch } from '../stream/index.ts'
import type { EventDoor } from './event-door.ts'
import type { EventSink } from './event-sink.ts'
import { Problem } from './problem.ts'

type EventsOptions = { readonly read: ReadChanges; readonly stream: Stream; readonly door: EventDoor; readonly heartbeatMs: number }

/**
 * The events of one run from the reader's cursor (`Last-Event-ID`) on, for as long as it stays. No cursor: the reader holds
 * nothing. A cursor that the run never had, or that is no number: a `reset`, then everything; a browser would take a refusal
 * for the end. 204 where the run is no more and the cursor says that the reader knows.
 */
export const createRunEvents = ({ read, stream, door, heartbeatMs }: EventsOptions): RequestHandler<{ id: string }> => {
  const shared = createShared(read)
  return door(async ({ request, response, sink, ends }) => {
    const run = request.params.id
    const watch = stream.watch(run)
    try {
      await follow({ read: shared, run, response, sink, ends, heartbeatMs, watch }, readerFrom(request))
    } finally {
      watch.close()
    }
  })
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
  readonly sink: EventSink
  readonly ends: AbortSignal
  readonly heartbeatMs: number
  readonly watch: Watch
}

const follow = async (following: Following, start: Reader): Promise<void> => {
  const { read, run, response, sink, ends, watch, heartbeatMs } = following
  // Cursor 0 for who is fresh: who is cut off in the middle of the first revision and comes back says so.
  const begin = (): void => sink.begin(start.cursor === undefined ? 0 : undefined)
  const write: EventSink['write'] = events => {
    begin()
    return sink.write(events)
  }
  let reader = start
  while (!ends.aborted) {
    const drained = await drain(read, run, reader, write)
    if (drained.kind !== 'current') return finish(response, run, drained)
    reader = drained.reader
    begin()
    if (sink.isHead) return
    while (!(await watch.next(reader.cursor ?? 0, heartbeatMs, ends))) {
      if (ends.aborted) return
      await sink.beat()
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
