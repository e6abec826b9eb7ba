import { type Request, type RequestHandler, Router } from 'express'
import type { Log } from '../log.ts'
import type { Artifact, ArtifactPage } from '../model/artifact.ts'
import type { Run, RunDetail } from '../model/run.ts'
import type { Step, StepPage } from '../model/step.ts'
import { isUuid } from '../model/uuid.ts'
import type { Queries } from '../store/queries.ts'
import type { Stream } from '../stream/index.ts'
import type { TraceBackend } from '../trace-backend.ts'
import { createRunEvents, defaultEventLimits, type EventLimits } from './events.ts'
import { artifactsParameters, cursorText, runsParameters, stepsParameters } from './parameters.ts'
import { notFound, Problem, problems } from './problem.ts'
import { showTrace } from './trace-routes.ts'

export type ApiOptions = {
  readonly queries: Queries
  readonly stream: Stream
  readonly log: Log
  readonly limits?: Partial<EventLimits>
  readonly backend: TraceBackend
}

/** The read side, all of it below `/api`. Every list is bounded; every error is a problem+json (RFC 9457). */
export const createApi = ({ queries, stream, log, limits = {}, backend }: ApiOptions): Router => {
  const api = Router()
  api.use(neverStored)
  api.param('id', lowerCaseUuid)
  api.get('/runs', listRuns(queries))
  api.get('/runs/:id', showRun(queries))
  api.get('/runs/:id/steps', listSteps(queries))
  api.get('/runs/:id/steps/:step', showStep(queries))
  api.get('/runs/:id/artifacts', listArtifacts(queries))
  api.get('/runs/:id/events', createRunEvents({ read: queries.readChanges, stream, log, limits: { ...defaultEventLimits, ...limits } }))
  api.get('/traces/:traceId', showTrace({ findTrace: queries.findTrace, backend }))
  api.use(notFound)
  api.use(problems(log))
  return Router().use('/api', api)
}

type OfRun = RequestHandler<{ id: string }>

const neverStored: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store')
  next()
}

const lowerCaseUuid = (request: Request, _response: unknown, next: () => void, id: string): void => {
  if (!isUuid(id)) throw new Problem(404, `Expected the id of a run to be a UUID, got "${id.slice(0, 100)}"`)
  request.params['id'] = id.toLowerCase()
  next()
}

const listRuns =
  (queries: Queries): RequestHandler =>
  async (request, response) => {
    const { filter, limit, after } = runsParameters(request)
    const { items, next } = await queries.listRuns(filter, limit, after)
    response.json({ items, next: next === null ? null : cursorText(next, filter) } satisfies Page<Run, string>)
  }

type Page<Item, Next> = { readonly items: readonly Item[]; readonly next: Next | null }

const showRun =
  (queries: Queries): OfRun =>
  async (request, response) => {
    const run = await runOf(queries, request, 'whole')
    if ('to' in run) return response.redirect(307, run.to)
    response.json({ ...run, ...(await queries.runMarks(run.id)) } satisfies RunDetail)
  }

const listSteps =
  (queries: Queries): OfRun =>
  async (request, response) => {
    const { limit, after } = stepsParameters(request)
    const run = await runOf(queries, request, 'inline')
    if ('to' in run) return response.redirect(307, run.to)
    const page: Page<Step, number> & Pick<StepPage, 'revision'> = {
      ...(await queries.listSteps(run.id, after, limit)),
      revision: run.revision,
    }
    response.json(page)
  }

const showStep =
  (queries: Queries): RequestHandler<{ id: string; step: string }> =>
  async (request, response) => {
    const { id, step } = request.params
    const found = isUuid(step) ? await queries.findStep(id, step) : undefined
    if (found !== undefined) return response.json(found satisfies Step)
    const run = await runOf(queries, request, 'inline')
    if ('to' in run) return response.redirect(307, run.to)
    throw new Problem(404, `There is no step "${step.slice(0, 100)}" in run ${id}`)
  }

const listArtifacts =
  (queries: Queries): OfRun =>
  async (request, response) => {
    const { limit, after } = artifactsParameters(request)
    const run = await runOf(queries, request, 'inline')
    if ('to' in run) return response.redirect(307, run.to)
    response.json((await queries.listArtifacts(run.id, after, limit)) satisfies Page<Artifact, ArtifactPage['next']>)
  }

/** The run that a request names, or where the same is found of what that run has become; not for ever: it may come back. */
const runOf = async (
  queries: Queries,
  request: Request<{ id: string }>,
  size: 'whole' | 'inline',
): Promise<Run | { readonly to: string }> => {
  const { id } = request.params
  const found = await queries.findRun(id, size)
  if (found.kind === 'run') return found.run
  if (found.kind === 'moved') return { to: request.originalUrl.replace(/\/runs\/[^/?]+/, `/runs/${found.to}`) }
  throw found.kind === 'gone'
    ? new Problem(410, `Run ${id} has been deleted, or its steps are other runs' now`)
    : new Problem(404, `There is no run ${id}`)
}
