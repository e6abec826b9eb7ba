import type { Knex } from 'knex'
import type { Trace } from '../model/api/trace.ts'
import { uuidFromHex } from '../model/uuid.ts'

const maxRuns = 50
const maxSteps = 500

export type TraceRows = Pick<Trace, 'runs' | 'steps' | 'truncated'>

// A trace's runs: those of its cluster, those its items name, and the one that bears its own id or did once.
const runsSql = `
  with candidates as (
    select r.id from obs_groups as g join obs_runs as r on r.cluster_id = g.cluster_id where g.group_id = :group
    union select l.link from obs_group_links as l where l.group_id = :group and not l.closed
    union select a.run_id from obs_run_aliases as a where a.alias = :group
    union select :group::uuid
  )
  select r.id, r.agent_id, r.status, r.created_at,
    (select count(*)::int from obs_steps as s where s.run_id = r.id and s.trace_id = :trace) as steps
  from candidates as c join obs_runs as r on r.id = c.id
  order by r.created_at, r.id limit ${maxRuns}`

const stepsSql = `
  select s.id, s.run_id, s.sequence, s.type, s.span_id
  from unnest(:runs::uuid[]) with ordinality as r (id, nth)
  join obs_steps as s on s.run_id = r.id and s.trace_id = :trace and (:span::text is null or s.span_id = :span)
    and (:sequence::int is null or coalesce(s.emitted_sequence, s.sequence) = :sequence)
    and (:call::text is null or s.content ->> 'call_id' = :call)
  order by r.nth, s.sequence limit ${maxSteps + 1}`

type RunRecord = Omit<Trace['runs'][number], 'created_at'> & { readonly created_at: Date }

/** Of the steps of a trace, those of a span, with the agent's own number, of a tool call. */
export type StepChoice = { readonly span?: string | undefined; readonly sequence?: number | undefined; readonly call?: string | undefined }

/** The runs and steps that a trace (32 hex digits) is in, and of its steps those that are chosen. */
export const findTrace = async (db: Knex, trace: string, { span, sequence, call }: StepChoice): Promise<TraceRows> => {
  const group = uuidFromHex(trace)
  const found = await db.raw<{ rows: RunRecord[] }>(runsSql, { group, trace })
  const having = found.rows.filter(run => run.steps > 0 || run.id === group)
  // A trace that has no step yet is in one of the runs of its cluster: nobody knows in which.
  const runs = having.length > 0 ? having : found.rows
  const steps = await db.raw<{ rows: Trace['steps'] }>(stepsSql, {
    runs: runs.map(run => run.id),
    trace,
    span: span ?? null,
    sequence: sequence ?? null,
    call: call ?? null,
  })
  return {
    runs: runs.map(run => ({ ...run, created_at: run.created_at.toISOString() })),
    steps: steps.rows.slice(0, maxSteps),
    truncated: steps.rows.length > maxSteps,
  }
}
