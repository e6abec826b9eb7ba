import type { Trace } from '../model/api/trace.ts'
import type { RunDetail } from '../model/run.ts'
import { copy } from './copy-box.tsx'
import { ago, clock, cost, count, duration, line, many, moment } from './format.ts'
import { IconOf } from './icons.tsx'
import { toggleMark, useMarks } from './marks.ts'
import { href } from './router.ts'
import { Marks, Status } from './run-marks.tsx'
import { useNow } from './use-now.ts'

type Props = { readonly run: RunDetail; readonly trace: Trace | undefined; readonly traceId: string | undefined }

/** What a run is, at a glance; what is missing or odd about it, and what to do. */
export const RunHead = ({ run, trace, traceId }: Props) => {
  const now = useNow()
  const marks = useMarks()
  const ours = oursOf(run)
  const ended = run.ended_at === null ? undefined : Date.parse(run.ended_at)
  const took = (ended ?? now) - Date.parse(run.created_at)
  return (
    <header className="run-head">
      <div className="run-line">
        <a href={href('/runs')}>← Runs</a>
        <h1>{line(run.agent_id)}</h1>
        <Status status={run.status} />
        <Marks run={{ ...run, ...ours, parked: run.parked !== null }} />
        <span className="num">
          {ended === undefined && run.settled_at === null ? `running for ${duration(took)}` : duration(Math.max(0, took))}
        </span>
        <span>{many(run.steps, 'step')}</span>
        {run.errors > 0 && <span className="bad">{many(run.errors, 'error')}</span>}
        {run.input_tokens !== null && (
          <span>
            {count(run.input_tokens)} in / {count(run.output_tokens ?? 0)} out
          </span>
        )}
        {run.cost !== null && <span>{cost(run.cost)}</span>}
        <span className="grow" />
        <Actions run={run} trace={trace} isMarked={marks.includes(run.id)} />
      </div>
      <p className="run-facts">
        started <time title={moment(run.created_at)}>{clock(run.created_at)}</time> ({ago(now - Date.parse(run.created_at))})
        {run.session_id !== null && (
          <>
            {' · session '}
            <a href={href(`/sessions/${encodeURIComponent(run.session_id)}`)}>{line(run.session_id)}</a>
          </>
        )}
        {traceId !== undefined && (
          <>
            {' · trace '}
            <code>{traceId}</code>
          </>
        )}
        {' · run '}
        <code>{run.id}</code>
      </p>
      <Notices run={run} ours={ours} now={now} />
    </header>
  )
}

type Ours = { readonly inferred: string | null; readonly abandoned: boolean; readonly missing: Missing | undefined }
type Missing = { readonly count: number; readonly spans: readonly string[] }

const oursOf = (run: RunDetail): Ours => {
  const { status_inferred = null, abandoned = false, missing_parents: missing } = Object(run.metadata['runledger'])
  return { inferred: status_inferred, abandoned, missing }
}

const Actions = ({ run, trace, isMarked }: { readonly run: RunDetail; readonly trace: Trace | undefined; readonly isMarked: boolean }) => (
  <span className="actions">
    {trace?.link != null && trace.jaeger !== 'gone' && (
      <a className="button" href={trace.link} target="_blank" rel="noreferrer">
        Trace <IconOf name="external" />
      </a>
    )}
    {trace?.jaeger === 'gone' && <span className="note">the tracing backend has it no more</span>}
    <button type="button" aria-pressed={isMarked} onClick={() => toggleMark(run.id)}>
      {isMarked ? 'Marked' : 'Mark to compare'}
    </button>
    <button type="button" onClick={() => copy(location.href, 'Link')}>
      Copy link
    </button>
  </span>
)

const staleMs = 60_000

const Notices = ({ run, ours, now }: { readonly run: RunDetail; readonly ours: Ours; readonly now: number }) => {
  const { inferred, missing } = ours
  const quiet = now - Date.parse(run.updated_at)
  return (
    <>
      {run.parked !== null && (
        <p className="notice bad" role="alert">
          Parked: its projection fails, and the rows are as of before. It is tried again when something new arrives.{' '}
          <code>{line(run.parked)}</code>
        </p>
      )}
      {run.quarantined > 0 && (
        <p className="notice bad">
          {many(run.quarantined, 'item')} of its traces could not be taken. <a href={href('/status')}>Status</a> says why and keeps them.
        </p>
      )}
      {run.gaps > 0 && (
        <p className="notice">▲ {many(run.gaps, 'step')} of the agent's own count did not arrive; each hole is a row below.</p>
      )}
      {missing && (
        <p className="notice">
          ▲ {many(missing.count, 'span')} that steps lie in did not arrive: {missing.spans.map(it => line(it.slice(33))).join(', ')}. Look
          at the sender's queue.
        </p>
      )}
      {inferred !== null && (
        <p className="notice">
          The agent did not say how it ended; <b>{run.status}</b> is inferred: {line(String(inferred))}.
        </p>
      )}
      {run.settled_at === null && run.status === 'pending' && (
        <p className="notice">The root span has not been received yet; the name is that of the earliest span.</p>
      )}
      {run.settled_at === null && (run.status === 'pending' || run.status === 'running') && quiet > staleMs && (
        <p className="notice">
          Nothing came for {duration(quiet)}; the process may have died. Without news the run is settled after a while.
        </p>
      )}
    </>
  )
}
