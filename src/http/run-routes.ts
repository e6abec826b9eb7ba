import { z } from 'zod'
import { RunFacets, RunItemPage } from '../model/api/run-item.ts'
import { Session } from '../model/api/session.ts'
import { RunDetail } from '../model/run.ts'
import type { Queries } from '../store/queries.ts'
import { runText } from '../view/run-text.ts'
import { Problem } from './problem.ts'
import { cursorText, parsedQuery, text, whole } from './query.ts'
import type { Route } from './route.ts'
import { runIdOf, runOf } from './run-of.ts'
import { FacetsQuery, facetsParameters, PageQuery, RunsQuery, runCursorFrom, runsParameters } from './runs-query.ts'

const maxTextSteps = 50_000
const stepsAPage = 2_000
const TextQuery = z.strictObject({ budget: whole(100, 1_000_000, 1_000_000), width: whole(40, 10_000, 200) })

/** Runs: lists, one run, its text, sessions. */
export const runRoutes = (queries: Queries): readonly Route[] => [
  list(queries),
  facets(queries),
  one(queries),
  asText(queries),
  remove(queries),
  session(queries),
]

const list = (queries: Queries): Route => ({
  method: 'get',
  path: '/runs',
  summary: 'Runs, newest first',
  description:
    'Filters must all hold. What is filtered by model, tool, trace, words and figures is seen as of about a second ago; status, agent, session and time as of now.',
  query: RunsQuery,
  answer: { schema: RunItemPage },
  handle: async (request, response) => {
    const { conditions, limit, after } = runsParameters(request)
    const { items, next } = await queries.pageRuns(conditions, { limit, after })
    const cursor = next === null ? null : cursorText([next.createdAt, next.id], conditions)
    response.json({ items: [...items], next: cursor } satisfies RunItemPage)
  },
})

const facets = (queries: Queries): Route => ({
  method: 'get',
  path: '/facets',
  summary: 'How the newest 5,000 runs of a query spread over statuses, agents, models and tools',
  query: FacetsQuery,
  answer: { schema: RunFacets },
  handle: async (request, response) => {
    response.json((await queries.facetRunsBy(facetsParameters(request))) satisfies RunFacets)
  },
})

const one = (queries: Queries): Route => ({
  method: 'get',
  path: '/runs/:id',
  summary: 'One run, whole',
  description:
    'Under `metadata.runledger` stands what runledger says of it: how its status was inferred, and how many spans of which kinds were folded into steps or ignored, and why.',
  answer: { schema: RunDetail },
  problems: [404, 410],
  handle: async (request, response) => {
    const run = await runOf(queries, request, response, 'whole')
    if (run !== undefined) response.json({ ...run, ...(await queries.runMarks(run.id)) } satisfies RunDetail)
  },
})

const asText = (queries: Queries): Route => ({
  method: 'get',
  path: '/runs/:id/text',
  summary: 'The run as plain text, a line a step',
  query: TextQuery,
  answer: { types: ['text/plain'], description: 'Text in UTF-8, within `budget` tokens of about four characters' },
  problems: [404, 410],
  handle: async (request, response) => {
    const { budget, width } = parsedQuery(TextQuery, request)
    const run = await runOf(queries, request, response)
    if (run === undefined) return
    const [item] = await queries.runItems([run.id])
    if (item === undefined) throw new Problem(404, `There is no run ${run.id}`)
    const steps = []
    for (let after: number | null = -1; after !== null && steps.length < maxTextSteps; ) {
      const page: Awaited<ReturnType<Queries['pageSteps']>> = await queries.pageSteps(run.id, after, stepsAPage)
      steps.push(...page.items)
      after = page.next
    }
    response.type('text/plain').send(`${runText(item, steps, { width, budget, more: `GET /api/runs/${run.id}/steps` })}\n`)
  },
})

const remove = (queries: Queries): Route => ({
  method: 'delete',
  path: '/runs/:id',
  summary: 'Deletes a run with its steps, artifacts and, where nothing else needs them, its facts',
  description: 'What comes for it later is dropped and counted. Safe to repeat.',
  answer: { none: 'It is gone' },
  problems: [404],
  handle: async (request, response) => {
    const id = runIdOf(request)
    if (!(await queries.deleteRun(id))) throw new Problem(404, `There is no run ${id}`)
    response.status(204).end()
  },
})

const session = (queries: Queries): Route => ({
  method: 'get',
  path: '/sessions/:session',
  summary: 'The runs of one session, oldest first',
  query: PageQuery,
  answer: { schema: Session },
  problems: [404],
  handle: async (request, response) => {
    const { limit, cursor } = parsedQuery(PageQuery, request)
    const id = request.params['session'] ?? ''
    if (!text.safeParse(id).success) throw new Problem(404, 'There is no run of this session')
    const conditions = [{ kind: 'name', field: 'session', values: [id], not: false } as const]
    const after = cursor === undefined ? undefined : runCursorFrom(cursor, conditions)
    const { items, next } = await queries.pageRuns(conditions, { limit, after, order: 'oldest' })
    if (items.length === 0 && after === undefined) throw new Problem(404, 'There is no run of this session')
    const at = next === null ? null : cursorText([next.createdAt, next.id], conditions)
    response.json({ id, items: [...items], next: at } satisfies Session)
  },
})
