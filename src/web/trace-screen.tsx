import { useEffect, useState } from 'react'
import type { Trace } from '../model/api/trace.ts'
import { line } from './format.ts'
import { ProblemBox } from './problem.tsx'
import { href, navigate, usePlace } from './router.ts'
import { useAnswer } from './use-answer.ts'

const tryMs = 1_000
const patienceMs = 30_000

/** Where other tools point: on to the run of a trace as soon as there is one, asking for half a minute. */
export const TraceScreen = ({ trace, span }: { readonly trace: string; readonly span: string | undefined }) => {
  const [until] = useState(() => Date.now() + patienceMs)
  const [over, setOver] = useState(false)
  const { query } = usePlace()
  const asked = new URLSearchParams(span === undefined ? [] : [['span', span]])
  for (const name of ['sequence', 'call']) for (const said of query.getAll(name).slice(0, 1)) asked.set(name, said)
  const path = `/api/traces/${encodeURIComponent(trace)}${asked.size === 0 ? '' : `?${asked}`}`
  const { value, error, again } = useAnswer<Trace>(path, over ? undefined : tryMs)
  const step = asked.size === 0 ? undefined : value?.steps[0]
  const run = step?.run_id ?? value?.runs[0]?.id
  useEffect(() => {
    if (run !== undefined) navigate(`/runs/${run}${step === undefined ? '' : `?step=${step.sequence}`}`, { replace: true })
    if (Date.now() > until) setOver(true)
  })
  if (error !== undefined) return <ProblemBox error={error} what="trace" onRetry={again} />
  return (
    <section className="nothing">
      <h1>{over ? 'This trace is not here' : 'Not here yet'}</h1>
      <p>
        Trace <code>{line(trace)}</code>
      </p>
      <p role="status">
        {over
          ? 'Nothing of it is in a run. It may never have been sent here, hold nothing of an agent, or have been deleted.'
          : 'Looking for it once a second, for half a minute.'}
      </p>
      <p>
        <a href={href('/status')}>Status</a> says what arrives. {value?.link != null && <a href={value.link}>The tracing backend</a>}
      </p>
    </section>
  )
}
