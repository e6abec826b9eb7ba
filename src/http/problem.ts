import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { errorSummary } from '../error-summary.ts'
import { PermanentError, UnavailableError } from '../errors.ts'
import type { Log } from '../log.ts'

/** What is wrong with one parameter: a JSON pointer into the request, and what was expected and came. */
export type Mistake = { readonly pointer: string; readonly detail: string }

/** An answer that says what was wrong with a request (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly title: string
  readonly errors: readonly Mistake[]
  constructor(status: number, detail: string, errors: readonly Mistake[] = []) {
    super(detail)
    this.status = status
    this.title = titles[status] ?? 'Error'
    this.errors = errors
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  410: 'Gone',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
}

const maxRetryAfterS = 5

/** Ends a response with a problem. One that may pass by itself says when to try again. */
export const sendProblem = (response: Response, { status, title, message, errors }: Problem): void => {
  if (status === 429 || status === 503) response.set('retry-after', String(1 + Math.floor(Math.random() * maxRetryAfterS)))
  response.status(status).set({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ type: 'about:blank', title, status, detail: message, ...(errors.length === 0 ? {} : { errors }) }))
}

const maxShownCharacters = 200

/** For paths that nobody answers. */
export const notFound: RequestHandler = (request, response) => {
  const path = `${request.baseUrl}${request.path}`.slice(0, maxShownCharacters)
  sendProblem(response, new Problem(404, `There is nothing at ${request.method} ${path}`))
}

/** The one place where an error becomes an answer to a reader: nothing of the inside is told, the log has it. */
export const problems =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const problem = problemFrom(error)
    if (problem.status >= 500 && !(error instanceof Problem))
      log.error({ path: request.path.slice(0, maxShownCharacters), error: errorSummary(error) }, 'A request to the API failed')
    // What has begun can only be cut off.
    if (response.headersSent) response.destroy()
    else sendProblem(response, problem)
  }

const problemFrom = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  if (error instanceof PermanentError || error instanceof UnavailableError) return new Problem(error.status, error.message)
  if (isDatabaseError(error)) return new Problem(503, 'The database did not answer in time, or not at all; try again')
  // Express's own: a path or a header that can't be decoded.
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (typeof status === 'number' && status >= 400 && status < 500) return new Problem(status, 'The request could not be understood')
  return new Problem(500, 'Something failed that never should; the log of the server says more')
}

// SQLSTATEs and system errors have codes; what `pg` and knex say of lost and missing connections has none.
const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && typeof error.code === 'string' && /^(E[A-Z]+|[0-9A-Z]{5})$/.test(error.code)) ||
    error.name === 'KnexTimeoutError' ||
    /^(Connection terminated|Query read timeout|Client has encountered a connection error|timeout expired|Unable to acquire a connection)/.test(
      error.message,
    ))
