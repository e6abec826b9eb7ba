import type { Knex } from 'knex'
import type { Stats } from '../model/api/stats.ts'
import { numberSql } from './attribute-sql.ts'

/** Runs that figures are made of, and of these the newest whose steps are looked at. */
const countedRuns = 20_000
const steppedRuns = 2_000
const listed = 50

const figures = `count(*)::int as runs, (count(*) filter (where m.status = 'failed'))::int as failed, coalesce(sum(m.input_tokens), 0)::float8 as input_tokens,
  coalesce(sum(m.output_tokens), 0)::float8 as output_tokens, coalesce(sum(m.cost), 0)::float8 as cost`

const runsSql = `
  with m as materialized (
    select r.*, extract(epoch from r.ended_at - r.created_at) * 1000 as ms from obs_runs as r
    where r.created_at >= ?::timestamptz and r.created_at < ?::timestamptz order by r.created_at desc, r.id desc limit ${countedRuns + 1}
  )
  select (select count(*)::int from m) as of,
    (select coalesce(jsonb_agg(to_jsonb(h) order by h.hour), '[]') from (select date_trunc('hour', m.created_at) as hour, ${figures} from m group by 1) as h) as hours,
    (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from (
      select m.agent_id as agent, ${figures}, percentile_cont(0.5) within group (order by m.ms) as p50_ms, percentile_cont(0.95) within group (order by m.ms) as p95_ms
      from m group by m.agent_id order by count(*) desc, m.agent_id limit ${listed}) as a) as agents`

const number = (name: string): string => `coalesce(sum(${numberSql(name)}), 0) as ${name}`

const stepsSql = `
  with m as materialized (
    select r.id from obs_runs as r where r.created_at >= ?::timestamptz and r.created_at < ?::timestamptz order by r.created_at desc, r.id desc limit ${steppedRuns}
  )
  select
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
      select s.attributes ->> 'model' as model, count(*)::int as calls, ${number('input_tokens')}, ${number('output_tokens')}, ${number('cost')}
      from m join obs_steps as s on s.run_id = m.id where s.attributes ->> 'model' is not null group by 1 order by 2 desc, 1 limit ${listed}) as x) as models,
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from (
      select s.content ->> 'tool_name' as tool, count(*)::int as calls, (count(*) filter (where s.content -> 'is_error' = 'true'::jsonb))::int as errors,
        percentile_cont(0.5) within group (order by s.latency_ms) as p50_ms, percentile_cont(0.95) within group (order by s.latency_ms) as p95_ms
      from m join obs_steps as s on s.run_id = m.id where s.type = 'tool_result' and s.content ->> 'tool_name' is not null group by 1 order by 2 desc, 1 limit ${listed}) as x) as tools`

type RunFigures = Pick<Stats, 'of' | 'hours' | 'agents'>
type StepFigures = Pick<Stats, 'models' | 'tools'>

/** Figures of the newest runs that started in [from, to); models and tools of the newest 2,000 of them. */
export const readStats = async (db: Knex, from: string, to: string): Promise<Stats> => {
  const runs = await db.raw<{ rows: RunFigures[] }>(runsSql, [from, to])
  const steps = await db.raw<{ rows: StepFigures[] }>(stepsSql, [from, to])
  const { of, hours, agents } = runs.rows[0] ?? { of: 0, hours: [], agents: [] }
  return {
    from,
    to,
    of: Math.min(of, countedRuns),
    capped: of > countedRuns,
    hours: hours.map(h => ({ ...h, hour: new Date(h.hour).toISOString() })),
    agents,
    ...(steps.rows[0] ?? { models: [], tools: [] }),
  }
}

export type IntakeFigures = { readonly groups: number; readonly without_run: number | null; readonly receivers: number }

const largeGroups = 200_000

/** What is in the journal, and who fills it. */
export const intakeFigures = async (db: Knex): Promise<IntakeFigures> => {
  const { rows } = await db.raw<{ rows: IntakeFigures[] }>(
    `with size as (select greatest(c.reltuples, 0)::float8 as rows from pg_class as c where c.oid = 'obs_groups'::regclass)
     select case when s.rows < ${largeGroups} then (select count(*)::float8 from (select from obs_groups limit ${largeGroups}) as g) else s.rows end as groups,
       case when s.rows < ${largeGroups} then (select count(*)::int from (select from obs_projections where runs = 0 and parked is null limit 1000) as p) end as without_run,
       (select count(*)::int from obs_receivers where beat_at > clock_timestamp() - interval '15 seconds') as receivers
     from size as s`,
  )
  return rows[0] ?? { groups: 0, without_run: null, receivers: 0 }
}
