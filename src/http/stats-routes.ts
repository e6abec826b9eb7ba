import { z } from 'zod'
import { Comparison } from '../model/api/comparison.ts'
import { Intake, Stats } from '../model/api/stats.ts'
import type { Queries } from '../store/queries.ts'
import { comparisonOf } from './compared.ts'
import { badQuery, parsedQuery, pointerTo } from './query.ts'
import type { Route } from './route.ts'

const dayMs = 86_400_000
const maxRangeDays = 92

const time = z.iso.datetime({ offset: true, error: 'Expected a time such as 2026-01-31T12:00:00Z' }).optional()
const StatsQuery = z.strictObject({ from: time, to: time })
const CompareQuery = z.strictObject({ a: z.guid('Expected the id of a run'), b: z.guid('Expected the id of a run') })

/** What this server was sent since its start. */
export type LastRequest = Pick<Intake, 'last_request' | 'requests'>

/** Figures over many runs, what is on its way, and two runs side by side. */
export const statsRoutes = (queries: Queries, lastRequest: () => LastRequest): readonly Route[] => [
  {
    method: 'get',
    path: '/stats',
    summary: 'Figures by hour, agent, model and tool of the runs that started in a time range, by default the last 24 hours',
    query: StatsQuery,
    answer: { schema: Stats },
    handle: async (request, response) => {
      const asked = parsedQuery(StatsQuery, request)
      const to = asked.to === undefined ? new Date() : new Date(asked.to)
      const from = asked.from === undefined ? new Date(to.getTime() - dayMs) : new Date(asked.from)
      if (from >= to) throw badQuery([{ pointer: pointerTo('from'), detail: 'Expected a time before `to`' }])
      if (to.getTime() - from.getTime() > maxRangeDays * dayMs)
        throw badQuery([{ pointer: pointerTo('from'), detail: `Expected at most ${maxRangeDays} days before \`to\`` }])
      response.json((await queries.readStats(from.toISOString(), to.toISOString())) satisfies Stats)
    },
  },
  {
    method: 'get',
    path: '/intake',
    summary: 'What is on its way through the stages, what was put aside, and what this server was last sent',
    answer: { schema: Intake },
    handle: async (_request, response) => {
      const [stages, figures] = await Promise.all([queries.stageFigures(), queries.intakeFigures()])
      response.json({
        ...lastRequest(),
        ...figures,
        inbox_requests: stages.inboxRequests,
        inbox_bytes: stages.inboxBytes,
        inbox_oldest_seconds: stages.inboxOldestSeconds,
        dirty_groups: stages.dirtyGroups,
        parked_groups: stages.parkedGroups,
        quarantined: stages.quarantined,
      } satisfies Intake)
    },
  },
  {
    method: 'get',
    path: '/compare',
    summary: 'Two runs side by side, aligned by what they did, and where they first part',
    query: CompareQuery,
    answer: { schema: Comparison },
    problems: [404],
    handle: async (request, response) => {
      const { a, b } = parsedQuery(CompareQuery, request)
      response.json((await comparisonOf(queries, a, b)) satisfies Comparison)
    },
  },
]
