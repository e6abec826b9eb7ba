import type { FeedEntry, FeedFacts, FeedFilter } from '../model/feed.ts'
import type { Reader } from './drain.ts'

/** Runs of which the reader was told more than the feed had numbered, with the revision it holds. */
export type Ahead = ReadonlyMap<string, number>

/** A run whose changes are to be told, to a reader who holds of it what `reader` says. */
export type Telling = {
  readonly run: string
  readonly reader: Reader
  /** The revision that the feed has numbered; the run may have gone on. */
  readonly revision: number
  /** The place that the reader has then been told everything up to; of this run it may have been told more. */
  readonly feed: number
}

/**
 * What some entries of the feed come to: each run once, in the order of its first entry, so that whoever is cut off after any
 * of them has got on. A run that comes into the filter is told whole, and one that leaves it once more, so that the reader
 * holds exactly the runs that match. Forgets in `ahead` what the feed has caught up with.
 */
export const tellingsOf = (entries: readonly FeedEntry[], filter: FeedFilter, ahead: Map<string, number>): readonly Telling[] => {
  const told = [...Map.groupBy(entries, entry => entry.run)].flatMap(([run, list]) => {
    const concerned = list.filter(entry => concerns(entry, filter))
    const reader = concerned.length === 0 ? undefined : readerOf(run, concerned, filter, ahead)
    return reader === undefined ? [] : [{ run, reader, revision: list.at(-1)?.revision ?? 0, first: list[0]?.feed ?? 0 }]
  })
  const end = entries.at(-1)?.feed ?? 0
  return told.map(({ first: _, ...telling }, n) => ({ ...telling, feed: (told[n + 1]?.first ?? end + 1) - 1 }))
}

/** The beginning of `entries` in which no more than `limit` runs concern the filter. */
export const firstRuns = (entries: readonly FeedEntry[], filter: FeedFilter, limit: number): readonly FeedEntry[] => {
  const runs = new Set<string>()
  const beyond = entries.findIndex(entry => concerns(entry, filter) && runs.add(entry.run).size > limit)
  return beyond < 0 ? entries : entries.slice(0, beyond)
}

const concerns = (entry: FeedEntry, filter: FeedFilter): boolean => matches(entry, filter) || matches(before(entry), filter)

const readerOf = (run: string, entries: readonly FeedEntry[], filter: FeedFilter, ahead: Map<string, number>): Reader | undefined => {
  const since = Math.min(...entries.map(entry => entry.since))
  const to = Math.max(...entries.map(entry => entry.revision))
  const held = ahead.get(run) ?? 0
  if (held <= to) ahead.delete(run)
  // What it holds may be of a life before this one, or of an earlier stay in the filter: the reader begins anew.
  if (entries.some(entry => entry.gone || (entry.since > 0 && comesIn(entry, filter)))) return { cursor: 0, holds: true }
  if (held >= to) return undefined
  const known = Math.max(since, held)
  return { cursor: known === 0 ? undefined : known, holds: false }
}

const comesIn = (entry: FeedEntry, filter: FeedFilter): boolean =>
  entry.was !== undefined && matches(entry, filter) && !matches(before(entry), filter)

const before = ({ run, was }: FeedEntry): (FeedFacts & { readonly run: string }) | undefined => was && { ...was, run }

const matches = (entry: (FeedFacts & { readonly run: string }) | undefined, filter: FeedFilter): boolean =>
  entry !== undefined &&
  (filter.run === undefined || entry.run === filter.run) &&
  (filter.status === undefined || entry.status === filter.status) &&
  (filter.agent === undefined || entry.agent === filter.agent) &&
  (filter.session === undefined || entry.session === filter.session)
