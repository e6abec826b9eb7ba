import { type RequestHandler, Router } from 'express'
import type { Log } from '../log.ts'
import type { Queries } from '../store/queries.ts'
import type { Stream } from '../stream/index.ts'
import type { TraceBackend } from '../trace-backend.ts'
import { artifactRoutes } from './artifact-routes.ts'
import { createEventDoor, defaultEventLimits, type EventLimits } from './event-door.ts'
import { createRunEvents } from './events.ts'
import { factRoutes } from './fact-routes.ts'
import { createFeedEvents } from './feed-events.ts'
import { idRoutes } from './id-routes.ts'
import { openapiFrom } from './openapi.ts'
import { notFound, problems } from './problem.ts'
import { referenceFrom } from './reference.ts'
import type { Route } from './route.ts'
import { runIdOf } from './run-of.ts'
import { runRoutes } from './run-routes.ts'
import { type LastRequest, statsRoutes } from './stats-routes.ts'
import { stepRoutes } from './step-routes.ts'
import { traceRoutes } from './trace-routes.ts'

export type ApiOptions = {
  readonly queries: Queries
  readonly stream: Stream
  readonly log: Log
  readonly limits?: Partial<EventLimits>
  readonly backend: TraceBackend
  /** What this server was sent since its start. */
  readonly lastRequest: () => LastRequest
}

/** Every route of the API but its streams, in the order in which they are documented. */
export const apiRoutes = (queries: Queries, lastRequest: () => LastRequest, backend: TraceBackend): readonly Route[] => [
  ...idRoutes(queries),
  ...runRoutes(queries),
  ...stepRoutes(queries),
  ...artifactRoutes(queries),
  ...factRoutes(queries),
  ...traceRoutes(queries, backend),
  ...statsRoutes(queries, lastRequest),
]

/** The read side, all of it below `/api`. Every list is bounded; every error is a problem+json (RFC 9457). */
export const createApi = ({ queries, stream, log, limits = {}, backend, lastRequest }: ApiOptions): Router => {
  const routes = apiRoutes(queries, lastRequest, backend)
  const api = Router()
  api.use(revalidated)
  for (const { method, path, handle } of routes) api[method](path, handle)
  addStreams(api, { queries, stream, log, limits })
  const openapi = openapiFrom(routes)
  api.get('/openapi.json', (_request, response) => void response.json(openapi))
  api.get('/', (_request, response) => void response.type('html').send(referenceFrom(openapi)))
  api.use(notFound)
  api.use(problems(log))
  return Router().use('/api', api)
}

const addStreams = (api: Router, { queries, stream, log, limits }: Pick<ApiOptions, 'queries' | 'stream' | 'log' | 'limits'>): void => {
  const all = { ...defaultEventLimits, ...limits }
  const shared = { stream, door: createEventDoor({ stream, log, limits: all }), heartbeatMs: all.heartbeatMs }
  const events = createRunEvents({ ...shared, read: queries.readChanges })
  api.get('/runs/:id/events', (request, response, next) => {
    request.params.id = runIdOf(request)
    return events(request, response, next)
  })
  const { readFeed, readChanges, readRun } = queries
  api.get('/events', createFeedEvents({ ...shared, readFeed, readChanges, readRun }))
}

// Rows change at any time: kept by the reader, asked for again each time, sent again only where they have changed.
const revalidated: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'private, no-cache')
  next()
}
