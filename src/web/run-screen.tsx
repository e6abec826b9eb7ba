import { useEffect, useMemo } from 'react'
import type { Trace } from '../model/api/trace.ts'
import { ArtifactsView } from './artifacts-view.tsx'
import { Detail, RunInput } from './detail.tsx'
import { line, many } from './format.ts'
import { Minimap } from './minimap.tsx'
import { ProblemBox } from './problem.tsx'
import { RawView } from './raw-view.tsx'
import { setQuery, usePlace } from './router.ts'
import { RunHead } from './run-head.tsx'
import { Skeleton } from './skeleton.tsx'
import { StepBar } from './step-bar.tsx'
import { StepsView, stepOf, useIdle } from './steps-view.tsx'
import { TextView } from './text-view.tsx'
import { useAnswer } from './use-answer.ts'
import { useRun } from './use-run.ts'
import { useSteps } from './use-steps.ts'
import { type View, views } from './view.ts'

/** One run: its head, and its steps, timeline, artifacts, text or facts. */
export const RunScreen = ({ id, artifact }: { readonly id: string; readonly artifact: string | undefined }) => {
  const data = useRun(id)
  const { run, steps, error } = data
  const { query } = usePlace()
  const view = artifact === undefined ? (views.find(it => it === query.get('view')) ?? 'steps') : 'artifacts'
  const traceId = steps.find(it => it.trace_id !== null)?.trace_id ?? undefined
  const { value: trace } = useAnswer<Trace>(traceId === undefined ? undefined : `/api/traces/${traceId}`)
  const name = run?.agent_id
  useEffect(() => {
    document.title = name === undefined ? 'Run · runledger' : `${line(name)} · runledger`
  }, [name])
  if (error !== undefined && steps.length === 0) return <ProblemBox error={error} what="run" onRetry={data.again} />
  return (
    <div className="run-screen">
      {run === undefined ? <div className="run-head" /> : <RunHead run={run} trace={trace} traceId={traceId} />}
      <Body data={data} view={view} artifact={artifact} trace={trace} />
    </div>
  )
}

type BodyProps = {
  readonly data: ReturnType<typeof useRun>
  readonly view: View
  readonly artifact: string | undefined
  readonly trace: Trace | undefined
}

const Body = ({ data, view, artifact, trace }: BodyProps) => {
  const { run, steps, whole } = data
  const state = useSteps(data, trace, view)
  const idle = useIdle(state.stretches, state.total)
  const selected = stepOf(state.rows[state.at])
  const isList = view === 'steps' || view === 'timeline'
  const ours = useMemo(() => Object(run?.metadata['runledger']), [run])
  if (steps.length === 0 && !whole) return <Skeleton rows={14} />
  return (
    <>
      {isList && <Minimap steps={steps} spans={state.spans} total={state.total} window={state.window} onZoom={state.zoom} />}
      <StepBar
        view={view}
        state={state}
        artifacts={run?.artifacts ?? 0}
        idle={idle}
        stream={data.stream}
        folded={ours.folded}
        ignored={ours.ignored}
      />
      {data.late.size > 0 && (
        <p className="notice">
          {many(data.late.size, 'step')} arrived after you opened the page and stand{data.late.size === 1 ? 's' : ''} where they belong.{' '}
          <button type="button" onClick={data.forgetLate}>
            Dismiss
          </button>
        </p>
      )}
      <div className="run-body">
        {isList && (
          <StepsView
            rows={state.rows}
            spanOf={state.spanOf}
            origin={state.origin}
            scale={state.scale}
            at={state.at}
            late={data.late}
            wide={view === 'timeline'}
            virtual={state.virtual}
            scroller={state.scroller}
            onSelect={state.select}
            onToggle={state.toggle}
            onScrollUp={state.stopFollowing}
          />
        )}
        {isList && state.rows.length === 0 && whole && <NothingHere filtered={state.filter !== '' || state.kinds.length > 0} />}
        {isList && state.opened && selected !== undefined && (
          <Detail step={selected} link={state.linkOf(selected)} onClose={() => setQuery({ step: null })} />
        )}
        {isList && state.opened && selected === undefined && run !== undefined && (
          <RunInput input={run.task_input} metadata={run.metadata} />
        )}
        {view === 'artifacts' && run !== undefined && <ArtifactsView run={run.id} steps={steps} chosen={artifact} />}
        {view === 'text' && run !== undefined && <TextView run={run.id} revision={run.revision} />}
        {view === 'raw' && run !== undefined && <RawView run={run} steps={steps} />}
      </div>
    </>
  )
}

const NothingHere = ({ filtered }: { readonly filtered: boolean }) => (
  <section className="nothing">
    <h2>{filtered ? 'No step matches' : 'No step yet'}</h2>
    {filtered && (
      <button type="button" onClick={() => setQuery({ q: null, kinds: null })}>
        Clear the filter
      </button>
    )}
  </section>
)
