import type { RequestHandler } from 'express'
import type { z } from 'zod'

/** What a route answers with: JSON of a schema, or another media type. */
export type Answer =
  | { readonly schema: z.ZodType }
  | { readonly types: readonly string[]; readonly description: string }
  | { readonly none: string }

/** One route of the API: what is served and what is documented are the same. */
export type Route = {
  readonly method: 'get' | 'delete'
  /** As Express has it, below `/api`. */
  readonly path: string
  readonly summary: string
  readonly description?: string
  readonly query?: z.ZodObject
  readonly answer: Answer
  /** Statuses of problems beside 400, 401, 403 and 503. */
  readonly problems?: readonly number[]
  readonly handle: RequestHandler<Record<string, string>>
}
