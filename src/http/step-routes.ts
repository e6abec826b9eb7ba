import { z } from 'zod'
import { StepItemPage, StepSlice } from '../model/api/step-item.ts'
import { Step } from '../model/step.ts'
import { isUuid } from '../model/uuid.ts'
import type { Queries } from '../store/queries.ts'
import { Problem } from './problem.ts'
import { parsedQuery, whole } from './query.ts'
import type { Route } from './route.ts'
import { runOf } from './run-of.ts'

const maxSequence = 2 ** 31 - 1
const sliceCharacters = 65_536
/** No text in Postgres is as long. */
const maxOffset = 2 ** 30

const StepsQuery = z.strictObject({
  limit: whole(1, 2_000, 200),
  after: whole(-1, maxSequence, -1).meta({ description: 'The sequence behind which the page begins: the `next` of the page before' }),
})
const StepQuery = z.strictObject({
  field: z
    .enum(['text', 'reasoning', 'arguments', 'output', 'message', 'traceback', 'items', 'explanation'], 'Expected a field of a content')
    .optional()
    .meta({ description: 'Asks for a piece of this field in place of the whole step' }),
  offset: whole(0, maxOffset, 0),
  length: whole(1, 1_048_576, sliceCharacters),
})

/** Steps: a page without bodies, one step, a piece of one. */
export const stepRoutes = (queries: Queries): readonly Route[] => [
  {
    method: 'get',
    path: '/runs/:id/steps',
    summary: 'Steps of a run in their order, without their contents',
    query: StepsQuery,
    answer: { schema: StepItemPage },
    problems: [404, 410],
    handle: async (request, response) => {
      const { limit, after } = parsedQuery(StepsQuery, request)
      const run = await runOf(queries, request, response)
      if (run === undefined) return
      const { items, next } = await queries.pageSteps(run.id, after, limit)
      response.json({ items: [...items], next, revision: run.revision } satisfies StepItemPage)
    },
  },
  {
    method: 'get',
    path: '/runs/:id/steps/:step',
    summary: 'One step, whole, or a piece of one field of its content',
    query: StepQuery,
    answer: { schema: z.union([Step, StepSlice]) },
    problems: [404, 410],
    handle: async (request, response) => {
      const { field, offset, length } = parsedQuery(StepQuery, request)
      const run = await runOf(queries, request, response)
      if (run === undefined) return
      const step = request.params['step'] ?? ''
      const missing = new Problem(404, `There is no step "${step.slice(0, 100)}" in run ${run.id}`)
      if (!isUuid(step)) throw missing
      const found =
        field === undefined ? await queries.findStep(run.id, step) : await queries.sliceStep(run.id, step, { field, offset, length })
      if (found === undefined)
        throw field === undefined ? missing : new Problem(404, `There is no ${field} in step ${step} of run ${run.id}`)
      response.json(found)
    },
  },
]
