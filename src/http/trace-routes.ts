import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { Trace } from '../model/api/trace.ts'
import { spanIdFrom, traceIdFrom } from '../model/trace-id.ts'
import type { Queries } from '../store/queries.ts'
import type { TraceBackend } from '../trace-backend.ts'
import { Problem } from './problem.ts'
import { parsedQuery, text } from './query.ts'
import type { Route } from './route.ts'

const sequence = z
  .string('Expected one value')
  .refine(digits => /^\d{1,10}$/.test(digits) && Number(digits) < 2 ** 31, 'Expected the number of a step')
  .transform(Number)
  .optional()
  .meta({ override: { type: 'integer', minimum: 0 }, description: "The step with this number of the agent's alone" })

const TraceQuery = z.strictObject({
  span: text.optional().meta({ description: 'Its steps alone: a span id of 1 to 16 hex digits' }),
  sequence,
  call: text.optional().meta({ description: 'The steps of the tool call with this id alone' }),
})

/** Traces: what became of them here, and where the tracing backend shows them. */
export const traceRoutes = ({ findTrace }: Pick<Queries, 'findTrace'>, backend: TraceBackend): readonly Route[] => [
  {
    method: 'get',
    path: '/traces/:traceId',
    summary: 'The runs and steps of a trace, and where the tracing backend shows it',
    description:
      'A trace that nobody knows has no runs. Jaeger is asked each time whether it (still) has the trace, for two seconds at most.',
    query: TraceQuery,
    answer: { schema: Trace },
    problems: [404],
    handle: async (request, response) => {
      const { span: said, ...chosen } = parsedQuery(TraceQuery, request)
      const trace = traceIdOf(request.params['traceId'])
      const span = said === undefined ? undefined : spanIdOf(said)
      const [rows, jaeger] = await Promise.all([findTrace(trace, { ...chosen, span }), backend.state(trace)])
      response.json({
        trace_id: trace,
        span_id: span ?? null,
        ...rows,
        link: backend.link(trace, span) ?? null,
        link_template: backend.template(trace) ?? null,
        jaeger,
      } satisfies Trace)
    },
  },
]

// Other tools may add what is nothing to us.
const LinkQuery = z.object({ sequence, call: TraceQuery.shape.call })

/**
 * `/t/:traceId` and `/t/:traceId/:spanId`, where other tools point: on to the run that has the trace, at the step of that
 * span; or of `?sequence=`, the agent's own number, or `?call=`, the id of a tool call: a link pattern of Jaeger cannot say a
 * span. A browser that asks for what is not known (yet) is left to the page, which goes on asking; everybody else hears 404.
 */
export const createTraceLinks = ({ findTrace, basePath = '' }: Pick<Queries, 'findTrace'> & { readonly basePath?: string }): Router => {
  const router = Router()
  const follow: RequestHandler<{ traceId: string; spanId?: string }> = async (request, response, next) => {
    const trace = traceIdOf(request.params.traceId)
    const span = request.params.spanId === undefined ? undefined : spanIdOf(request.params.spanId)
    const chosen = { ...parsedQuery(LinkQuery, request), span }
    const { runs, steps } = await findTrace(trace, chosen)
    const step = Object.values(chosen).every(value => value === undefined) ? undefined : steps[0]
    const run = step?.run_id ?? runs[0]?.id
    response.set('cache-control', 'no-store')
    if (run !== undefined) return response.redirect(302, `${basePath}/runs/${run}${step === undefined ? '' : `?step=${step.sequence}`}`)
    if (request.accepts(['json', 'html']) === 'html') return next()
    throw new Problem(404, `Nothing of trace ${trace} is in a run (yet)`)
  }
  router.get('/t/:traceId', follow)
  router.get('/t/:traceId/:spanId', follow)
  return router
}

const traceIdOf = (text = ''): string => {
  const id = traceIdFrom(text)
  if (id !== undefined) return id
  throw new Problem(404, `Expected a trace id of 1 to 32 hex digits, got "${text.slice(0, 100)}"`)
}

const spanIdOf = (text: string): string => {
  const id = spanIdFrom(text)
  if (id !== undefined) return id
  throw new Problem(404, `Expected a span id of 1 to 16 hex digits, got "${text.slice(0, 100)}"`)
}
