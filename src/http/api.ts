import { type Request, Router } from 'express'
import type { Knex } from 'knex'
import { z } from 'zod'
import type { Log } from '../log.ts'
import { RunStatus } from '../model/run.ts'
import { isUuid } from '../model/uuid.ts'
import { findRun, listRuns, type RunCursor, runMarks } from '../store/run-queries.ts'
import { findStep, listArtifacts, listSteps } from '../store/step-queries.ts'
import type { Stream } from '../stream/index.ts'
import { createRunEvents } from './events.ts'
import { notFound, Problem, problems } from './problem.ts'

export type ApiOptions = { readonly db: Knex; readonly stream: Stream; readonly log: Log }

const maxRuns = 500
const maxSteps = 2_000

const limit = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual)
const filter = z.string().min(1).max(1_000).optional()

const RunsQuery = z.object({
  limit: limit(maxRuns, 50),
  cursor: z.string().max(500).optional(),
  status: RunStatus.optional(),
  agent: filter,
  session: filter,
})
const StepsQuery = z.object({
  limit: limit(maxSteps, 200),
  after: z.coerce
    .number()
    .int()
    .min(-1)
    .max(2 ** 31 - 1)
    .default(-1),
})
const ArtifactsQuery = z.object({ limit: limit(maxRuns, 50), after: z.guid().optional() })

/** The read side, all of it below `/api`. Every list is bounded; every error is a problem+json. */
export const createApi = ({ db, stream, log }: ApiOptions): Router => {
  const api = Router()
  api.param('id', (request, _response, next, id: string) => {
    if (!isUuid(id)) throw new Problem(404, 'Not found', `Expected the id of a run to be a UUID, got "${id.slice(0, 100)}"`)
    request.params['id'] = id.toLowerCase()
    next()
  })
  api.get('/runs', async (request, response) => {
    const { limit, cursor, ...filters } = parsed(RunsQuery, request)
    const { items, next } = await listRuns(db, filters, limit, cursor === undefined ? undefined : cursorFrom(cursor))
    response.json({ items, next: next === null ? null : Buffer.from(JSON.stringify([next.createdAt, next.id])).toString('base64url') })
  })
  api.get('/runs/:id', async (request, response) => {
    const found = await findRun(db, request.params.id)
    if (found.kind === 'run') response.json({ ...found.run, ...(await runMarks(db, found.run.id)) })
    else if (found.kind === 'moved') response.redirect(308, `${request.baseUrl}/runs/${found.to}`)
    else throw noRun(request.params.id, found.kind)
  })
  api.get('/runs/:id/steps', async (request, response) => {
    const { limit, after } = parsed(StepsQuery, request)
    await mustExist(db, request.params.id)
    const items = await listSteps(db, request.params.id, after, limit)
    response.json({ items, next: items.length < limit ? null : (items.at(-1)?.sequence ?? null) })
  })
  api.get('/runs/:id/steps/:step', async (request, response) => {
    const { id, step } = request.params
    const found = isUuid(step) ? await findStep(db, id, step) : undefined
    if (found === undefined) throw new Problem(404, 'Not found', `There is no such step in run ${id}`)
    response.json(found)
  })
  api.get('/runs/:id/artifacts', async (request, response) => {
    const { limit, after } = parsed(ArtifactsQuery, request)
    await mustExist(db, request.params.id)
    const items = await listArtifacts(db, request.params.id, after, limit)
    response.json({ items, next: items.length < limit ? null : (items.at(-1)?.id ?? null) })
  })
  api.get('/runs/:id/events', createRunEvents({ db, stream }))
  api.use(notFound)
  api.use(problems(log))
  return Router().use('/api', api)
}

const parsed = <T extends z.ZodType>(schema: T, request: Request): z.infer<T> => {
  const result = schema.safeParse(request.query)
  if (result.success) return result.data
  const errors = result.error.issues.map(issue => ({ pointer: `/query/${issue.path.join('/')}`, detail: issue.message }))
  throw new Problem(400, 'Bad request', 'A parameter of the query is not what it should be', errors)
}

const Cursor = z.tuple([z.iso.datetime({ precision: 6 }), z.string().refine(isUuid)])

const cursorFrom = (text: string): RunCursor => {
  try {
    const [createdAt, id] = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    return { createdAt, id }
  } catch {
    throw new Problem(400, 'Bad request', 'The cursor is not one that a list has given', [
      { pointer: '/query/cursor', detail: 'Expected the `next` of a page' },
    ])
  }
}

const noRun = (id: string, kind: 'gone' | 'unknown'): Problem =>
  kind === 'gone' ? new Problem(410, 'Gone', `Run ${id} has been deleted`) : new Problem(404, 'Not found', `There is no run ${id}`)

const mustExist = async (db: Knex, id: string): Promise<void> => {
  const found = await findRun(db, id)
  if (found.kind === 'moved') throw new Problem(404, 'Moved', `Run ${id} is now ${found.to}`)
  if (found.kind !== 'run') throw noRun(id, found.kind)
}
