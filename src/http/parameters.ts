import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { RunStatus } from '../model/run.ts'
import { isUuid } from '../model/uuid.ts'
import type { RunCursor, RunFilter } from '../store/run-queries.ts'
import { type Mistake, Problem } from './problem.ts'

const maxFilterCharacters = 1_000
const maxCursorCharacters = 500

/** A whole number written with digits alone: `Number` would take '', '0x10', '1e9' and lists too. */
const whole = (least: number, most: number, usual: number) => {
  const expected = `Expected a whole number from ${least} to ${most}`
  return z
    .string(`${expected}, once`)
    .regex(/^-?\d{1,10}$/, expected)
    .transform(Number)
    .pipe(z.number().min(least, expected).max(most, expected))
    .default(usual)
}

const text = z
  .string('Expected one value')
  .min(1, 'Expected a value')
  .max(maxFilterCharacters, `Expected at most ${maxFilterCharacters} characters`)
const maxSequence = 2 ** 31 - 1

/** The filters of lists of runs. What comes here goes into the cursor and the statement by itself. */
const filters = {
  status: z.enum(RunStatus.options, `Expected one of ${RunStatus.options.join(', ')}`).optional(),
  agent: text.optional(),
  session: text.optional(),
}

const RunsQuery = z.strictObject({ ...filters, limit: whole(1, 500, 50), cursor: text.max(maxCursorCharacters).optional() })
const StepsQuery = z.strictObject({ limit: whole(1, 2_000, 200), after: whole(-1, maxSequence, -1) })
const ArtifactsQuery = z.strictObject({ limit: whole(1, 500, 50), after: z.guid('Expected the `next` of a page').optional() })

export type RunsParameters = { readonly filter: RunFilter; readonly limit: number; readonly after: RunCursor | undefined }

/** Throws Problem 400 that names every parameter that is not what it should be, as do the others. */
export const runsParameters = (request: Request): RunsParameters => {
  const { limit, cursor, ...filter } = parsed(RunsQuery, request)
  return { filter, limit, after: cursor === undefined ? undefined : cursorFrom(cursor, filter) }
}

export const stepsParameters = (request: Request): z.infer<typeof StepsQuery> => parsed(StepsQuery, request)
export const artifactsParameters = (request: Request): z.infer<typeof ArtifactsQuery> => parsed(ArtifactsQuery, request)

/** The opaque text of a cursor; good for the same filter alone. */
export const cursorText = ({ createdAt, id }: RunCursor, filter: RunFilter): string =>
  Buffer.from(JSON.stringify([createdAt, id, digestOf(filter)])).toString('base64url')

const digestOf = (filter: RunFilter): string =>
  createHash('sha256')
    .update(JSON.stringify([filter.status, filter.agent, filter.session]))
    .digest('base64url')
    .slice(0, 8)

const Cursor = z.tuple([z.iso.datetime({ precision: 6 }), z.string().refine(isUuid), z.string()])

const cursorFrom = (cursor: string, filter: RunFilter): RunCursor => {
  const read = Cursor.safeParse(jsonFrom(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (read.success && read.data[2] === digestOf(filter)) return { createdAt: read.data[0], id: read.data[1] }
  throw badQuery([{ pointer: pointerTo('cursor'), detail: 'Expected the `next` of a page of the same list with the same filters' }])
}

const jsonFrom = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const parsed = <T extends z.ZodType>(schema: T, request: Request): z.infer<T> => {
  const result = schema.safeParse(request.query)
  if (result.success) return result.data
  throw badQuery(result.error.issues.flatMap(mistakesFrom))
}

const maxMistakes = 20

const badQuery = (mistakes: readonly Mistake[]): Problem =>
  new Problem(400, 'A parameter of the query is not what it should be', mistakes.slice(0, maxMistakes))

const mistakesFrom = (issue: z.core.$ZodIssue): readonly Mistake[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map(key => ({ pointer: pointerTo(key), detail: 'There is no such parameter' }))
    : [{ pointer: pointerTo(String(issue.path[0])), detail: issue.message }]

const maxNameCharacters = 100

// RFC 6901, section 6: the pointer as a URI fragment.
const pointerTo = (name: string): string =>
  `#/query/${encodeURIComponent(name.slice(0, maxNameCharacters).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`
