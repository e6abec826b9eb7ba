import { useEffect } from 'react'
import type { Session } from '../model/api/session.ts'
import { line, many } from './format.ts'
import { rememberList } from './marks.ts'
import { ProblemBox } from './problem.tsx'
import { href } from './router.ts'
import { RunRow } from './run-row.tsx'
import { Skeleton } from './skeleton.tsx'
import { useAnswer } from './use-answer.ts'
import { useNow } from './use-now.ts'

/** The runs of one session, oldest first. */
export const SessionScreen = ({ id }: { readonly id: string }) => {
  const { value, error, again } = useAnswer<Session>(`/api/sessions/${encodeURIComponent(id)}?limit=100`, 5_000)
  const now = useNow()
  useEffect(() => {
    document.title = `Session ${line(id)} · runledger`
  }, [id])
  useEffect(() => rememberList(value?.items.map(it => it.id) ?? []), [value])
  if (error !== undefined && value === undefined) return <ProblemBox error={error} what="session" onRetry={again} />
  if (value === undefined) return <Skeleton rows={8} />
  return (
    <section className="session" aria-label="Runs of the session">
      <header className="run-head">
        <div className="run-line">
          <a href={href('/runs')}>← Runs</a>
          <h1>Session {line(id)}</h1>
          <span>
            {value.next === null ? '' : 'the first '}
            {many(value.items.length, 'run')}, oldest first
          </span>
        </div>
      </header>
      <div role="list" aria-label="Runs">
        {value.items.map(run => (
          <RunRow key={run.id} run={run} now={now} selected={false} marked={false} onSelect={() => {}} />
        ))}
      </div>
    </section>
  )
}
