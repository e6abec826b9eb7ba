import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import type { Trace } from '../model/api/trace.ts'
import { spanIdFrom, traceIdFrom } from '../model/trace-id.ts'
import type { Queries } from '../store/queries.ts'
import type { TraceBackend } from '../trace-backend.ts'
import { Problem } from './problem.ts'

export type TraceParts = { readonly findTrace: Queries['findTrace']; readonly backend: TraceBackend }

/** `GET /api/traces/:traceId?span=`: what became of a trace here, and where the tracing backend shows it. */
export const showTrace =
  ({ findTrace, backend }: TraceParts): RequestHandler<{ traceId: string }> =>
  async (request, response) => {
    const trace = traceIdOf(request.params.traceId)
    const said = z.string().optional().safeParse(request.query['span'])
    const span = said.data === undefined ? undefined : spanIdOf(said.data)
    const [rows, jaeger] = await Promise.all([findTrace(trace, span), backend.state(trace)])
    response.json({
      trace_id: trace,
      span_id: span ?? null,
      ...rows,
      link: backend.link(trace, span) ?? null,
      link_template: backend.template(trace) ?? null,
      jaeger,
    } satisfies Trace)
  }

/**
 * `/t/:traceId` and `/t/:traceId/:spanId`, where other tools point: on to the run that has the trace, at the step of that
 * span. A browser that asks for what is not known (yet) is left to the page, which goes on asking; everybody else hears 404.
 */
export const createTraceLinks = ({ findTrace }: Pick<TraceParts, 'findTrace'>): Router => {
  const router = Router()
  const follow: RequestHandler<{ traceId: string; spanId?: string }> = async (request, response, next) => {
    const trace = traceIdOf(request.params.traceId)
    const span = request.params.spanId === undefined ? undefined : spanIdOf(request.params.spanId)
    const { runs, steps } = await findTrace(trace, span)
    const step = span === undefined ? undefined : steps[0]
    const run = step?.run_id ?? runs[0]?.id
    response.set('cache-control', 'no-store')
    if (run !== undefined) return response.redirect(302, step === undefined ? `/runs/${run}` : `/runs/${run}?step=${step.sequence}`)
    if (request.accepts(['json', 'html']) === 'html') return next()
    throw new Problem(404, `Nothing of trace ${trace} is in a run (yet)`)
  }
  router.get('/t/:traceId', follow)
  router.get('/t/:traceId/:spanId', follow)
  return router
}

const traceIdOf = (text: string): string => {
  const id = traceIdFrom(text)
  if (id !== undefined) return id
  throw new Problem(404, `Expected a trace id of 1 to 32 hex digits, got "${text.slice(0, 100)}"`)
}

const spanIdOf = (text: string): string => {
  const id = spanIdFrom(text)
  if (id !== undefined) return id
  throw new Problem(404, `Expected a span id of 1 to 16 hex digits, got "${text.slice(0, 100)}"`)
}
