import type { Reading } from '../conventions/reading.ts'
import { NAMESPACE, uuidFromHex, uuidV5 } from '../model/uuid.ts'
import { createAgreed } from './agreed.ts'
import { grouped } from './lane.ts'
import { compare } from './unique.ts'

type Opening = { readonly reading: Reading; readonly run: string }

/**
 * Runs that share a conversation: by the key a reading names, else by where one opens, from opening to opening by (time,
 * ordinal). Where an episode has a trace of its own, that is its run's id; and what else is in that trace belongs to it.
 */
export const episodesOf = (facts: readonly Reading[]): ((reading: Reading) => string | undefined) => {
  const keyed = runsByKey(facts)
  const openings = openingsOf(facts)
  const ofEpisode = (reading: Reading): string | undefined => {
    const { episode } = reading
    if (episode === undefined) return undefined
    if (episode.key !== undefined) return keyed.get(episodeName(episode))
    return openingBefore(openings.get(episode.conversation), reading)?.run
  }
  const ofTrace = createAgreed()
  for (const reading of facts) ofTrace.say(reading.traceId, ofEpisode(reading))
  return reading => {
    const { episode, traceId } = reading
    const nobodys = episode && traceId === undefined ? episodeId(episode.conversation, '') : undefined
    return ofEpisode(reading) ?? ofTrace.of(traceId) ?? nobodys
  }
}

const episodeName = ({ conversation, key = '' }: NonNullable<Reading['episode']>): string => `${conversation}\n${key}`

const episodeId = (conversation: string, name: string): string => uuidV5(NAMESPACE, `episode:${conversation}\n${name}`)

const runsByKey = (facts: readonly Reading[]): ReadonlyMap<string, string> => {
  const runs = new Map<string, string>()
  for (const [name, readings] of grouped(facts, r => (r.episode?.key === undefined ? undefined : episodeName(r.episode)))) {
    const traces = readings.flatMap(r => r.traceId ?? []).sort()
    const [first] = traces
    const { conversation = '', key = '' } = readings[0]?.episode ?? {}
    runs.set(name, first === undefined ? episodeId(conversation, key) : uuidFromHex(first))
  }
  return runs
}

const openingsOf = (facts: readonly Reading[]): ReadonlyMap<string, readonly Opening[]> => {
  const opening = facts.filter(r => r.episode?.opens === true && r.episode.key === undefined).sort(byPlace)
  const byConversation = grouped(
    opening.map(
      (reading): Opening => ({ reading, run: episodeId(reading.episode?.conversation ?? '', `${reading.start}\n${reading.ordinal ?? 0}`) }),
    ),
    o => o.reading.episode?.conversation,
  )
  const traces = tracesOf(facts, byConversation)
  return new Map(
    [...byConversation].map(([conversation, list]) => [conversation, list.map(o => ({ ...o, run: traces.get(o.run) ?? o.run }))]),
  )
}

// The trace an opening lies in, else the first its episode has. One in which several runs open, or went on, is the id of none.
const tracesOf = (facts: readonly Reading[], openings: ReadonlyMap<string, readonly Opening[]>): ReadonlyMap<string, string> => {
  const owner = createAgreed()
  const own = new Map<string, string>()
  for (const reading of facts) {
    const { episode, traceId } = reading
    if (episode === undefined || episode.key !== undefined) continue
    const run = openingBefore(openings.get(episode.conversation), reading)?.run
    owner.say(traceId, run)
    if (episode.opens && run !== undefined && traceId !== undefined) own.set(run, traceId)
  }
  const traces = new Map<string, string>()
  const isIdOf = (trace: string, run: string): boolean => (own.has(run) ? own.get(run) === trace : !traces.has(run))
  const entries = owner.entries().toSorted(([a], [b]) => compare(a, b))
  for (const [trace, run] of entries) if (isIdOf(trace, run)) traces.set(run, uuidFromHex(trace))
  return traces
}

const byPlace = (a: Reading, b: Reading): number =>
  compare(a.start, b.start) || (a.ordinal ?? 0) - (b.ordinal ?? 0) || compare(a.key, b.key)

// What comes before the first opening (a session's start) belongs to the run it leads to.
const openingBefore = (openings: readonly Opening[] | undefined, reading: Reading): Opening | undefined => {
  if (openings === undefined) return undefined
  let low = 0
  let high = openings.length
  while (low < high) {
    const middle = (low + high) >> 1
    const opening = openings[middle]
    if (opening !== undefined && isBy(opening.reading, reading)) low = middle + 1
    else high = middle
  }
  return openings[low - 1] ?? openings[0]
}

const isBy = (opening: Reading, reading: Reading): boolean =>
  opening === reading || (compare(opening.start, reading.start) || (opening.ordinal ?? 0) - (reading.ordinal ?? 0)) <= 0
