import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import { contentTypeOf, sendError } from './otlp-answer.ts'
import type { Page } from './page.ts'
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
  readonly page?: Page
  readonly log: Log
}

/** Puts every door behind the guard. */
export const createApp = ({ guard, receiver, health, metrics, api, mcp, links, page, log }: AppParts): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', 'weak')
  app.set('query parser', 'simple')
  if (page !== undefined && page.basePath !== '') app.use(withoutBase(page.basePath))
  app.use(guard)
  app.use(health)
  if (metrics !== undefined) app.use(metrics)
  app.use(receiver)
  if (page !== undefined) app.use('/api', page.saysBuild)
  if (api !== undefined) app.use(api)
  if (mcp !== undefined) app.use(mcp)
  if (links !== undefined && page?.followsLinks !== true) app.use(links)
  if (page !== undefined) app.use(page.router)
  app.use(notFound)
  app.use('/v1', exportFault(log))
  app.use(problems(log))
  return app
}

// A proxy may hand on its path or take it off: both are understood.
const withoutBase =
  (basePath: string): RequestHandler =>
  (request, _response, next) => {
    if (request.url === basePath || request.url.startsWith(`${basePath}/`)) request.url = request.url.slice(basePath.length) || '/'
    next()
  }

// Senders drop what is answered with 500.
const exportFault =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    log.error({ error: errorSummary(error) }, 'A request could not be stored; the sender was told to retry')
    sendError(response, contentTypeOf(request) ?? 'json', error)
  }
