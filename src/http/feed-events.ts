import type { RequestHandler } from 'express'
import type { ReadChanges, RunEvent } from '../model/event.ts'
import type { FeedFilter, ReadFeed } from '../model/feed.ts'
import {
  createNews,
  createShared,
  type FeedPlace,
  type FeedSource,
  feedPlaceAt,
  type NextNews,
  type Stream,
  tellFeed,
} from '../stream/index.ts'
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

/**
 * The events of all runs, or of those that match, behind the reader's cursor: a number of the feed, in `Last-Event-ID` or
 * `after`. No cursor: from now on; the first message says from where. A cursor that the feed never had or has forgotten: a
 * `reset`, and from now on.
 */
export const createFeedEvents = ({ stream, door, heartbeatMs, ...reads }: FeedEventsOptions): RequestHandler => {
  const readFeed = createShared(reads.readFeed)
  const readChanges = createShared(reads.readChanges)
  const readRun = createShared(reads.readRun)
  const sourceOf = (filter: FeedFilter): FeedSource => {
    const wantsRows = filter.kinds === undefined || filter.kinds.some(kind => kind !== 'run')
    return { readFeed, read: wantsRows ? readChanges : readRun, filter }
  }
  const newsOf = createNews({ sourceOf, watchFeed: stream.watchFeed, lookMs: heartbeatMs })
  return door(async ({ request, sink, ends }) => {
    const { filter, cursor } = feedParameters(request)
    const start = cursor ?? (await readFeed(Number.MAX_SAFE_INTEGER, 1)).head
    sink.begin(start)
    if (sink.isHead) return
    await follow({ source: sourceOf(filter), next: newsOf(filter), sink, ends, heartbeatMs }, start)
  })
}

type Following = {
  readonly source: FeedSource
  readonly next: NextNews
  readonly sink: EventSink
  readonly ends: AbortSignal
  readonly heartbeatMs: number
}

const follow = async ({ source, next, sink, ends, heartbeatMs }: Following, start: number): Promise<void> => {
  let place: FeedPlace = feedPlaceAt(start)
  /** The cursor it was given last. */
  let given = start
  const write = async (events: readonly RunEvent[]): Promise<void> => {
    await sink.write(events)
    given = events.at(-1)?.id ?? given
  }
  while (!ends.aborted) {
    const news = await next(place, heartbeatMs, ends)
    if (ends.aborted) return
    place = news.kind === 'large' ? await tellFeed(source, place, write) : news.place
    if (news.kind === 'told') await write(news.events)
    if (news.kind !== 'quiet') continue
    await sink.beat(given === place.cursor ? undefined : place.cursor)
    given = place.cursor
  }
}
