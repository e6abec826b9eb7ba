import { z } from 'zod'
import type { Queries } from '../store/queries.ts'
import { Problem } from './problem.ts'
import { parsedQuery } from './query.ts'
import type { Route } from './route.ts'

const NoQuery = z.strictObject({})
const RunIds = z.object({ items: z.array(z.guid()) })

/** What an abbreviated id stands for. */
export const idRoutes = (queries: Pick<Queries, 'runIdsFrom'>): readonly Route[] => [
  {
    method: 'get',
    path: '/run-ids/:prefix',
    summary: 'The first ids of runs that begin so: more than one where the abbreviation is not unique',
    query: NoQuery,
    answer: { schema: RunIds },
    problems: [404],
    handle: async (request, response) => {
      parsedQuery(NoQuery, request)
      const digits = (request.params['prefix'] ?? '').toLowerCase().replaceAll('-', '')
      if (!/^[0-9a-f]{1,32}$/.test(digits)) throw new Problem(404, 'Expected the beginning of an id: 1 to 32 hex digits')
      response.json({ items: [...(await queries.runIdsFrom(digits))] } satisfies z.infer<typeof RunIds>)
    },
  },
]
