import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Log } from '../log.ts'

/** An answer that says what was wrong with a request (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly title: string
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[]
  constructor(status: number, title: string, detail: string, errors: Problem['errors'] = []) {
    super(detail)
    this.status = status
    this.title = title
    this.errors = errors
  }
}

export const sendProblem = (response: Response, { status, title, message, errors }: Problem): void => {
  response
    .status(status)
    .set('content-type', 'application/problem+json')
    .end(JSON.stringify({ type: 'about:blank', title, status, detail: message, ...(errors.length === 0 ? {} : { errors }) }))
}

/** For the paths of the API that nobody answers. */
export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, new Problem(404, 'Not found', `There is nothing at ${request.method} ${request.baseUrl}${request.path}`))
}

/** The one place where an error of the API becomes an answer: nothing of the inside is told. */
export const problems =
  (log: Log) =>
  (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error)
    if (error instanceof Problem) return sendProblem(response, error)
    log.error({ error: error instanceof Error ? error.message : String(error) }, 'a request to the API failed')
    sendProblem(response, new Problem(503, 'Unavailable', 'The database did not answer; try again'))
  }
