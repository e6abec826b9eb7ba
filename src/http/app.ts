import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response, type Router } from 'express'
import { PermanentError } from '../errors.ts'
import type { Log } from '../log.ts'
import { requireToken } from './auth.ts'
import { contentTypeOf, sendError } from './otlp-answer.ts'

/** The parts of an application; one without `api` takes OTLP alone. */
export type AppParts = {
  readonly receiver: Router
  readonly health: Router
  readonly api?: Router
  readonly ingestTokens: readonly string[]
  readonly readTokens: readonly string[]
  readonly log: Log
}

/** Puts the doors behind their tokens. Health is open to all. */
export const createApp = ({ receiver, health, api, ingestTokens, readTokens, log }: AppParts): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(safeHeaders)
  app.use(health)
  app.use('/v1', requireToken(ingestTokens, refuseExport))
  app.use(receiver)
  if (api !== undefined) {
    app.use('/api', requireToken(readTokens, refuseReader))
    app.use(api)
  }
  app.use((request: Request, response: Response) => problem(response, 404, 'Not found', `There is nothing at ${request.path}`))
  app.use(onFault(log))
  return app
}

const safeHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('x-content-type-options', 'nosniff')
  next()
}

const refuseExport = (request: Request, response: Response): void => {
  response.setHeader('www-authenticate', 'Bearer')
  sendError(
    response,
    contentTypeOf(request) ?? 'json',
    new PermanentError(401, 'Expected authorization: Bearer and one of RUNLEDGER_INGEST_TOKEN'),
  )
  request.resume()
}

const refuseReader = (_request: Request, response: Response): void => {
  response.setHeader('www-authenticate', 'Bearer')
  problem(response, 401, 'Unauthorized', 'Expected authorization: Bearer and one of RUNLEDGER_READ_TOKEN')
}

const onFault =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, next) => {
    log.error({ path: request.path, error }, 'A request failed in a way nobody expected')
    if (response.headersSent) next(error)
    else problem(response, 500, 'Internal error', 'The log says more')
  }

const problem = (response: Response, status: number, title: string, detail: string): void => {
  response.status(status).type('application/problem+json').send(JSON.stringify({ title, status, detail }))
}
