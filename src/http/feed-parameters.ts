import type { Request } from 'express'
import { z } from 'zod'
import { type FeedFilter, feedKinds } from '../model/feed.ts'
import { RunStatus } from '../model/run.ts'
import { parsedQuery, text } from './query.ts'

const kindList = `Expected some of ${feedKinds.join(', ')}, with commas`

const cursorText = 'Expected a number that an event bore as its id'

const FeedQuery = z.strictObject({
  status: z.enum(RunStatus.options, `Expected one of ${RunStatus.options.join(', ')}`).optional(),
  agent: text.optional(),
  session: text.optional(),
  run: z.guid('Expected the id of a run').toLowerCase().optional(),
  kinds: z
    .string(kindList)
    .transform(text => text.split(','))
    .pipe(z.array(z.enum(feedKinds, kindList)))
    .optional(),
  after: z
    .string(cursorText)
    .regex(/^\d{1,15}$/, cursorText)
    .transform(Number)
    .optional(),
})

export type FeedParameters = { readonly filter: FeedFilter; readonly cursor: number | undefined }

/** Throws Problem 400 that names every parameter that is not what it should be. The header stands before `after`: it is newer. */
export const feedParameters = (request: Request): FeedParameters => {
  const { after, ...filter } = parsedQuery(FeedQuery, request)
  const header = request.get('last-event-id') ?? ''
  if (header === '') return { filter, cursor: after }
  // What is no number is a place that never was: refused, a browser would not come back.
  return { filter, cursor: /^\d{1,15}$/.test(header) ? Number(header) : Number.MAX_SAFE_INTEGER }
}
