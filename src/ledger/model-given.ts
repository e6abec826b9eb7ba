import type { Given, Reading, ResultPart } from '../conventions/reading.ts'
import type { Json } from '../model/json.ts'
import { compare } from './unique.ts'

/**
 * What a model call was given that is new, by everything that tells of it: whole inputs as they are, messages told alone put
 * together. Of those what was said before the last turn of an assistant is history; what has the same time may be new.
 */
export const givenOf = (all: readonly Reading[]): Given | undefined => {
  const whole = all.flatMap(({ given }) => (given === undefined || given.turn !== undefined ? [] : [given]))
  const together = fromMessages(all.filter(({ given }) => given?.turn !== undefined))
  const given = together === undefined ? whole : [...whole, together]
  if (given.length <= 1) return given[0]
  return Object.assign({}, ...given.toReversed(), { results: longest(given.map(g => g.results)), files: longest(given.map(g => g.files)) })
}

const longest = <T>(lists: readonly (readonly T[])[]): readonly T[] =>
  lists.reduce<readonly T[]>((best, list) => (list.length > best.length ? list : best), [])

const fromMessages = (readings: readonly Reading[]): Given | undefined => {
  if (readings.length === 0) return undefined
  const ordered = readings.toSorted((a, b) => compare(a.start, b.start) || (a.ordinal ?? 0) - (b.ordinal ?? 0) || compare(a.key, b.key))
  const answer = ordered.findLast(({ given }) => given?.turn === 'assistant')
  const isNew = (reading: Reading): boolean => answer === undefined || !isBefore(reading, answer)
  const fresh = ordered.filter(reading => reading !== answer && isNew(reading)).flatMap(({ given }) => given ?? [])
  const messages = fresh.flatMap(({ input }) => messagesIn(input))
  const reasoning = answer?.given?.reasoning
  return {
    // History repeats results that are known already: a call takes the first that comes.
    results: ordered.flatMap(({ given }): readonly ResultPart[] => given?.results ?? []),
    files: fresh.flatMap(({ files }) => files),
    ...(messages.length === 0 ? {} : { input: { messages } }),
    ...(reasoning === undefined ? {} : { reasoning }),
  }
}

const isBefore = (a: Reading, b: Reading): boolean =>
  a.start < b.start || (a.start === b.start && a.ordinal !== undefined && b.ordinal !== undefined && a.ordinal < b.ordinal)

const messagesIn = (input: Json | undefined): readonly Json[] => {
  const messages = typeof input === 'object' && input !== null && 'messages' in input ? input['messages'] : undefined
  return Array.isArray(messages) ? messages : input === undefined ? [] : [input]
}
