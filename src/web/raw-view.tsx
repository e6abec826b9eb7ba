import { useState } from 'react'
import type { FactsPage } from '../model/api/facts.ts'
import type { StepItem } from '../model/api/step-item.ts'
import type { RunDetail } from '../model/run.ts'
import { ProblemBox } from './problem.tsx'
import { href } from './router.ts'
import { spansFrom } from './scale.ts'
import { useAnswer } from './use-answer.ts'
import { Value } from './value.tsx'

const pageItems = 50
/** Down to the members of a span: resourceSpans, scopeSpans and spans lie in one another. */
const factLevels = 7

/** A run's facts as they were received, as OTLP JSON, page by page; and the run in other formats. */
export const RawView = ({ run, steps }: { readonly run: RunDetail; readonly steps: readonly StepItem[] }) => {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const cursor = cursors.at(-1)
  const path = `/api/runs/${run.id}/spans?limit=${pageItems}`
  const { value, error, again } = useAnswer<FactsPage>(cursor === undefined ? path : `${path}&cursor=${encodeURIComponent(cursor)}`)
  if (error !== undefined) return <ProblemBox error={error} what="run's facts" onRetry={again} />
  const { next = null, ...facts } = value ?? {}
  return (
    <section className="raw" aria-label="Raw">
      <h2 className="unseen">Facts as they were received</h2>
      <div className="bar">
        <a className="button" href={href(`/api/runs/${run.id}/spans?limit=1000`)} download={`${run.id}.otlp.json`}>
          OTLP JSON
        </a>
        <a className="button" href={href(`/api/runs/${run.id}/steps?limit=2000`)} download={`${run.id}.steps.json`}>
          Steps as JSON
        </a>
        <button type="button" onClick={() => save(chromeTrace(run, steps), `${run.id}.trace.json`)}>
          Chrome trace (for Perfetto)
        </button>
        <span className="grow" />
        <button type="button" disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
          Before
        </button>
        <button type="button" disabled={next === null} onClick={() => next !== null && setCursors([...cursors, next])}>
          More
        </button>
      </div>
      {value !== undefined && (
        <Value
          key={cursor ?? ''}
          title={`Facts, page ${cursors.length + 1}`}
          json
          level={factLevels}
          text={JSON.stringify(facts, null, 2)}
        />
      )}
    </section>
  )
}

/** The steps as Chrome's trace events; times in microseconds. */
const chromeTrace = (run: RunDetail, steps: readonly StepItem[]): string => {
  const { spans } = spansFrom(steps)
  const traceEvents = steps.map((step, n) => ({
    name: step.name ?? step.type,
    cat: step.type,
    ph: 'X',
    ts: Math.round((spans[n]?.start ?? 0) * 1_000),
    dur: Math.max(1, Math.round((step.latency_ms ?? 0) * 1_000)),
    pid: run.agent_id,
    tid: step.agent?.join(' › ') ?? run.agent_id,
    args: { sequence: step.sequence, preview: step.preview },
  }))
  return JSON.stringify({ traceEvents, displayTimeUnit: 'ms' })
}

const save = (text: string, name: string): void => {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
