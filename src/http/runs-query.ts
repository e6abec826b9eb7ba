import type { Request } from 'express'
import { z } from 'zod'
import { RunStatus } from '../model/run.ts'
import { parseRunQuery, type RunCondition } from '../model/run-query.ts'
import { isUuid } from '../model/uuid.ts'
import type { RunCursor } from '../store/run-find.ts'
import { badQuery, cursorPlace, maxValueCharacters, parsedQuery, pointerTo, text, whole } from './query.ts'

const maxCursorCharacters = 500

const time = z.iso.datetime({ offset: true, error: 'Expected a time such as 2026-01-31T12:00:00Z' })

/** The filters of lists of runs: all that are given must hold. */
const filters = {
  status: z.enum(RunStatus.options, `Expected one of ${RunStatus.options.join(', ')}`).optional(),
  agent: text.optional(),
  session: text.optional(),
  model: text.optional(),
  tool: text.optional(),
  trace: z
    .string('Expected one value')
    .regex(/^[0-9a-f]{1,32}$/i, 'Expected 1 to 32 hex digits')
    .optional(),
  from: time.optional(),
  to: time.optional(),
  q: text.optional().meta({
    description:
      'The query language of the page: `status:failed,cancelled agent:planner model:… tool:… session:… trace:… has:gap cost>0.10 tokens>1k steps>20 errors>0 duration>30s from:2026-01-31 to:… -negated "two words" word`',
  }),
}

const cursor = text.max(maxCursorCharacters).optional()

export const RunsQuery = z.strictObject({ ...filters, limit: whole(1, 500, 50), cursor })
export const FacetsQuery = z.strictObject(filters)
export const PageQuery = z.strictObject({ limit: whole(1, 500, 50), cursor })

type Filters = z.infer<typeof FacetsQuery>

export type RunsParameters = { readonly conditions: readonly RunCondition[]; readonly limit: number; readonly after: RunCursor | undefined }

export const runsParameters = (request: Request): RunsParameters => {
  const { limit, cursor: at, ...filter } = parsedQuery(RunsQuery, request)
  const conditions = conditionsFrom(filter)
  return { conditions, limit, after: at === undefined ? undefined : runCursorFrom(at, conditions) }
}

export const facetsParameters = (request: Request): readonly RunCondition[] => conditionsFrom(parsedQuery(FacetsQuery, request))

const Place = z.tuple([z.iso.datetime({ precision: 6 }), z.string().refine(isUuid)])

export const runCursorFrom = (cursor: string, asked: unknown): RunCursor => {
  const [createdAt, id] = cursorPlace(cursor, asked, Place)
  return { createdAt, id }
}

/** The conditions that all given filters come to. Throws Problem 400 where the query language is not kept. */
export const conditionsFrom = ({ q, from, to, trace, ...names }: Filters): readonly RunCondition[] => {
  const { conditions, mistakes } = parseRunQuery(q ?? '')
  if (mistakes.length > 0)
    throw badQuery(
      mistakes.map(({ at, detail }) => ({
        pointer: pointerTo('q'),
        detail: `At character ${at + 1}: ${detail}`.slice(0, maxValueCharacters),
      })),
    )
  const named = { ...names, trace: trace?.toLowerCase().padStart(32, '0') }
  return [
    ...(['status', 'agent', 'session', 'model', 'tool', 'trace'] as const).flatMap((field): RunCondition[] => {
      const value = named[field]
      return value === undefined ? [] : [{ kind: 'name', field, values: [value], not: false }]
    }),
    ...(from === undefined ? [] : [{ kind: 'time', field: 'from', value: new Date(from).toISOString() } as const]),
    ...(to === undefined ? [] : [{ kind: 'time', field: 'to', value: new Date(to).toISOString() } as const]),
    ...conditions,
  ]
}
