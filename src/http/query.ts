import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { z } from 'zod'
import { type Mistake, Problem } from './problem.ts'

/** Characters of a value in a query. */
export const maxValueCharacters = 1_000

/** A whole number written with digits alone: `Number` would take '', '0x10', '1e9' and lists too. */
export const whole = (least: number, most: number, usual: number) => {
  const expected = `Expected a whole number from ${least} to ${most}`
  return z
    .string(`${expected}, once`)
    .regex(/^-?\d{1,10}$/, expected)
    .transform(Number)
    .pipe(z.number().min(least, expected).max(most, expected))
    .default(usual)
    .meta({
      override: ({ jsonSchema }) => {
        Object.assign(jsonSchema, { type: 'integer', minimum: least, maximum: most, default: usual, pattern: undefined })
      },
    })
}

export const text = z
  .string('Expected one value')
  .min(1, 'Expected a value')
  .max(maxValueCharacters, `Expected at most ${maxValueCharacters} characters`)
  // No text in Postgres holds one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is refused
  .regex(/^[^\u0000]*$/, 'Expected no NUL')

/** The query of a request as `schema` has it. Throws Problem 400 that names every parameter that is not what it should be. */
export const parsedQuery = <T extends z.ZodType>(schema: T, request: Request): z.infer<T> => {
  const result = schema.safeParse(request.query)
  if (result.success) return result.data
  throw badQuery(result.error.issues.flatMap(mistakesFrom))
}

const maxMistakes = 20

export const badQuery = (mistakes: readonly Mistake[]): Problem =>
  new Problem(400, 'A parameter of the query is not what it should be', mistakes.slice(0, maxMistakes))

const mistakesFrom = (issue: z.core.$ZodIssue): readonly Mistake[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map(key => ({ pointer: pointerTo(key), detail: 'There is no such parameter' }))
    : [{ pointer: pointerTo(String(issue.path[0])), detail: issue.message }]

const maxNameCharacters = 100

/** RFC 6901, section 6: the pointer to a parameter as a URI fragment. */
export const pointerTo = (name: string): string =>
  `#/query/${encodeURIComponent(name.slice(0, maxNameCharacters).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`

/** The opaque text of a cursor: where a page begins, and the digest of what was asked, for which alone it is good. */
export const cursorText = (place: readonly string[], asked: unknown): string =>
  Buffer.from(JSON.stringify([...place, digestOf(asked)])).toString('base64url')

const digestOf = (asked: unknown): string => createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 8)

/** What `cursorText` was given, checked by `schema`. Throws Problem 400 for any other text and for other `asked`. */
export const cursorPlace = <T extends z.ZodType>(cursor: string, asked: unknown, schema: T): z.infer<T> => {
  const read = z.array(z.string()).safeParse(jsonFrom(Buffer.from(cursor, 'base64url').toString('utf8')))
  const place = read.success && read.data.at(-1) === digestOf(asked) ? schema.safeParse(read.data.slice(0, -1)) : undefined
  if (place?.success === true) return place.data
  throw badQuery([{ pointer: pointerTo('cursor'), detail: 'Expected the `next` of a page of the same list with the same filters' }])
}

const jsonFrom = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
