import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import { contentTypeOf, sendError } from './otlp-answer.ts'
import { notFound, problems } from './problem.ts'

/** The parts of an application; one without `api` takes OTLP alone. */
export type AppParts = {
  readonly guard: RequestHandler
  readonly receiver: Router
  readonly health: Router
  readonly metrics?: Router
  readonly api?: Router
  readonly mcp?: Router
  /** Where other tools point. */
  readonly links?: Router
  readonly log: Log
}

/** Puts every door behind the guard. */
export const createApp = ({ guard, receiver, health, metrics, api, mcp, links, log }: AppParts): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', 'weak')
  app.set('query parser', 'simple')
  app.use(guard)
  app.use(health)
  if (metrics !== undefined) app.use(metrics)
  app.use(receiver)
  if (api !== undefined) app.use(api)
  if (mcp !== undefined) app.use(mcp)
  if (links !== undefined) app.use(links)
  app.use(notFound)
  app.use('/v1', exportFault(log))
  app.use(problems(log))
  return app
}

// Senders drop what is answered with 500.
const exportFault =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    log.error({ error: errorSummary(error) }, 'A request could not be stored; the sender was told to retry')
    sendError(response, contentTypeOf(request) ?? 'json', error)
  }
