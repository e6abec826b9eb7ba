import type { RequestHandler } from 'express'
import type { ReadChanges, RunEvent } from '../model/event.ts'
import type { FeedFilter, FeedKind, FeedPage, ReadFeed } from '../model/feed.ts'
import { type Ahead, createShared, drain, type Stream, type Telling, tellingsOf, type Watch } from '../stream/index.ts'
import type { EventDoor } from './event-door.ts'
import type { EventSink } from './event-sink.ts'
import { feedParameters } from './feed-parameters.ts'

export type FeedEventsOptions = {
  readonly readFeed: ReadFeed
  readonly readChanges: ReadChanges
  /** The run alone, for who does not want its rows. */
  readonly readRun: ReadChanges
  readonly stream: Stream
  readonly door: EventDoor
  readonly heartbeatMs: number
}

const entriesAPage = 200

/**
 * The events of all runs, or of those that match, behind the reader's cursor: a number of the feed, in `Last-Event-ID` or
 * `after`. No cursor: from now on; the first message says from where. A cursor that the feed never had or has forgotten: a
 * `reset`, and from now on.
 */
export const createFeedEvents = (options: FeedEventsOptions): RequestHandler => {
  const reads = {
    readFeed: createShared(options.readFeed),
    readChanges: createShared(options.readChanges),
    readRun: createShared(options.readRun),
  }
  return options.door(async ({ request, sink, ends }) => {
    const { filter, cursor } = feedParameters(request)
    const wantsRows = filter.kinds === undefined || filter.kinds.some(kind => kind !== 'run')
    const watch = options.stream.watchFeed()
    const { heartbeatMs } = options
    try {
      const read = wantsRows ? reads.readChanges : reads.readRun
      await follow({ readFeed: reads.readFeed, read, filter, sink, ends, watch, heartbeatMs }, cursor)
    } finally {
      watch.close()
    }
  })
}

type Following = {
  readonly readFeed: ReadFeed
  readonly read: ReadChanges
  readonly filter: FeedFilter
  readonly sink: EventSink
  readonly ends: AbortSignal
  readonly watch: Watch
  readonly heartbeatMs: number
}

/** Where a reader has got to, and the cursor it was given last. */
type Place = { readonly cursor: number; readonly given: number }

const follow = async (following: Following, start: number | undefined): Promise<void> => {
  const { readFeed, sink, ends } = following
  const ahead: Ahead = new Map()
  const cursor = start ?? (await readFeed(Number.MAX_SAFE_INTEGER, 1)).head
  sink.begin(cursor)
  if (sink.isHead) return
  let place: Place = { cursor, given: cursor }
  while (!ends.aborted) place = await advance(following, ahead, place)
}

const advance = async (following: Following, ahead: Ahead, { cursor, given }: Place): Promise<Place> => {
  const page = await following.readFeed(cursor, entriesAPage)
  if (isLost(cursor, page)) {
    ahead.clear()
    await following.sink.write([{ event: 'reset', data: '{}', id: page.head }])
    return { cursor: page.head, given: page.head }
  }
  const last = page.entries.at(-1)
  if (last === undefined) return { cursor, given: await rest(following, { cursor, given }) }
  const told = await tell(following, tellingsOf(page.entries, following.filter, ahead), ahead, last.feed)
  return { cursor: last.feed, given: told ? last.feed : given }
}

/** Waits for news, with a sign of life now and then; returns the cursor that the reader has been given. */
const rest = async ({ watch, heartbeatMs, ends, sink }: Following, { cursor, given }: Place): Promise<number> => {
  if ((await watch.next(cursor, heartbeatMs, ends)) || ends.aborted) return given
  await sink.beat(given === cursor ? undefined : cursor)
  return cursor
}

// What lies between the cursor and the oldest entry has been forgotten.
const isLost = (cursor: number, { floor, head }: FeedPage): boolean => cursor > head || cursor < floor - 1

/** Tells what has changed; the last event of each run bears the cursor. Returns whether there was one. */
const tell = async ({ read, filter, sink }: Following, tellings: readonly Telling[], ahead: Ahead, feed: number): Promise<boolean> => {
  let last: RunEvent | undefined
  const write = async (events: readonly RunEvent[]): Promise<void> => {
    const wanted = events.filter(({ event }) => isWanted(event, filter.kinds)).map(({ event, data }) => ({ event, data }))
    const next = wanted.at(-1)
    if (next === undefined) return
    // A run that has gone takes what was held of it along.
    const before = last === undefined || (last.event === 'reset' && isEnd(wanted[0]?.event)) ? [] : [last]
    last = next
    await sink.write([...before, ...wanted.slice(0, -1)])
  }
  for (const telling of tellings) {
    const { run, reader } = telling
    const drained = await drain(read, run, reader, write)
    if (last !== undefined) last = { ...last, id: telling.feed }
    const held = drained.kind === 'current' ? (drained.reader.cursor ?? 0) : 0
    if (held > telling.revision) ahead.set(run, held)
  }
  if (last === undefined) return false
  await sink.write([{ ...last, id: feed }])
  return true
}

const isEnd = (event: string | undefined): boolean => event === 'run.moved' || event === 'run.removed'

const isWanted = (event: RunEvent['event'], kinds: readonly FeedKind[] | undefined): boolean =>
  event === 'reset' || kinds === undefined || kinds.some(kind => event.startsWith(`${kind}.`))
