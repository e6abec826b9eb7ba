import type { ReadChanges, RunEvent } from '../model/event.ts'
import type { FeedFilter, FeedKind, FeedPage, ReadFeed } from '../model/feed.ts'
import { drain, type Write } from './drain.ts'
import { type Ahead, firstRuns, type Telling, tellingsOf } from './tellings.ts'

/** Where the readers of a feed have got to. */
export type FeedPlace = { readonly cursor: number; readonly ahead: Ahead }

/** What a filter's readers are told from. */
export type FeedSource = { readonly readFeed: ReadFeed; readonly read: ReadChanges; readonly filter: FeedFilter }

const entriesAPage = 200
/** Whoever shares what a page comes to waits for all of it. */
const runsAPage = 20

export const feedPlaceAt = (cursor: number): FeedPlace => ({ cursor, ahead: new Map() })

/**
 * Hands `write` what the next page of the feed comes to; the last event of each run bears the cursor. Returns the place behind
 * it, or `from` itself where the feed has nothing more. A cursor that the feed never had or has forgotten: a `reset`, and the newest place.
 */
export const tellFeed = async ({ readFeed, read, filter }: FeedSource, from: FeedPlace, write: Write): Promise<FeedPlace> => {
  const page = await readFeed(from.cursor, entriesAPage)
  if (isLost(from.cursor, page)) {
    await write([{ event: 'reset', data: '{}', id: page.head }])
    return feedPlaceAt(page.head)
  }
  const entries = firstRuns(page.entries, filter, runsAPage)
  const end = entries.at(-1)?.feed
  if (end === undefined) return from
  const ahead = new Map(from.ahead)
  const out = createMarked(write, filter.kinds)
  for (const telling of tellingsOf(entries, filter, ahead)) {
    const held = await tell(read, telling, out)
    if (held > telling.revision) ahead.set(telling.run, held)
  }
  await out.end(end)
  return { cursor: end, ahead }
}

// What lies between the cursor and the oldest entry has been forgotten.
const isLost = (cursor: number, { floor, head }: FeedPage): boolean => cursor > head || cursor < floor - 1

/** Returns the revision that the reader then holds of the run. */
const tell = async (read: ReadChanges, { run, reader, feed }: Telling, out: Marked): Promise<number> => {
  const drained = await drain(read, run, reader, out.write)
  out.mark(feed)
  return drained.kind === 'current' ? (drained.reader.cursor ?? 0) : 0
}

type Marked = {
  readonly write: Write
  /** The last event so far bears this cursor. */
  readonly mark: (feed: number) => void
  /** Writes what is held back, with this cursor. */
  readonly end: (feed: number) => Promise<void>
}

/** Leaves out what is not wanted and the ids of runs' revisions, and holds back one event, which may be the one that bears a cursor. */
const createMarked = (into: Write, kinds: readonly FeedKind[] | undefined): Marked => {
  let last: RunEvent | undefined
  const write: Write = async events => {
    const wanted = events.filter(({ event }) => isWanted(event, kinds)).map(({ event, data }) => ({ event, data }))
    const next = wanted.at(-1)
    if (next === undefined) return
    // A run that has gone takes what was held of it along.
    const before = last === undefined || (last.event === 'reset' && isEnd(wanted[0]?.event)) ? [] : [last]
    last = next
    const ready = [...before, ...wanted.slice(0, -1)]
    if (ready.length > 0) await into(ready)
  }
  const mark = (feed: number): void => {
    if (last !== undefined) last = { ...last, id: feed }
  }
  const end = async (feed: number): Promise<void> => {
    if (last !== undefined) await into([{ ...last, id: feed }])
  }
  return { write, mark, end }
}

const isEnd = (event: string | undefined): boolean => event === 'run.moved' || event === 'run.removed'

const isWanted = (event: RunEvent['event'], kinds: readonly FeedKind[] | undefined): boolean =>
  event === 'reset' || kinds === undefined || kinds.some(kind => event.startsWith(`${kind}.`))
