import type { Knex } from 'knex'
import type { RunFacets, RunItem } from '../model/api/run-item.ts'
import type { RunCondition } from '../model/run-query.ts'
import { type Bound, filterSql } from './run-filter.ts'

/** Where a page of runs begins: behind this run in (created_at, id). `createdAt` has microseconds. */
export type RunCursor = { readonly createdAt: string; readonly id: string }
export type RunOrder = 'newest' | 'oldest'

export type RunPage = { readonly items: readonly RunItem[]; readonly next: RunCursor | null }

const shownCharacters = 200

const parkedSql = `exists (
    select from obs_groups as g join obs_projections as p on p.group_id = g.group_id where g.cluster_id = r.cluster_id and p.parked is not null)`

const columns = `r.id, r.agent_id, r.status, r.created_at, r.updated_at, r.ended_at,
  (extract(epoch from r.ended_at - r.created_at) * 1000)::float8 as duration_ms, r.session_id, r.settled_at, r.revision::float8 as revision,
  r.steps, r.errors, r.artifacts, r.gaps, r.input_tokens::float8 as input_tokens, r.output_tokens::float8 as output_tokens, r.cost,
  r.metadata #>> '{runledger,cost,prices}' as cost_source,
  coalesce(x.input, left(r.task_input #>> '{}', ${shownCharacters})) as input, x.output, coalesce(x.models, '{}') as models,
  coalesce(x.tools, '{}') as tools, coalesce(x.kinds, '{}') as kinds, r.metadata #> '{runledger,abandoned}' is not null as abandoned,
  r.metadata #>> '{runledger,status_inferred}' as inferred, ${parkedSql} as parked,
  to_char(r.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`

const from = 'obs_runs as r left join obs_run_index as x on x.run_id = r.id'

type Times = 'created_at' | 'updated_at' | 'ended_at' | 'settled_at'
type ItemRecord = Omit<RunItem, Times> & {
  readonly created_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
  readonly settled_at: Date | null
  readonly at: string
}

const itemFrom = ({ at: _, ...row }: ItemRecord): RunItem => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
  settled_at: row.settled_at?.toISOString() ?? null,
})

const whereSql = (bounds: readonly Bound[]): Bound => ({
  sql: bounds.length === 0 ? '' : `where ${bounds.map(b => b.sql).join(' and ')}`,
  values: bounds.flatMap(b => b.values),
})

const directions = { newest: ['<', 'desc'], oldest: ['>', 'asc'] } as const

/** One page of the runs for which all `conditions` hold, and where the next begins. */
export const pageRuns = async (
  db: Knex,
  conditions: readonly RunCondition[],
  page: { readonly limit: number; readonly after?: RunCursor | undefined; readonly order?: RunOrder },
): Promise<RunPage> => {
  const [beyond, direction] = directions[page.order ?? 'newest']
  const after =
    page.after === undefined
      ? []
      : [{ sql: `(r.created_at, r.id) ${beyond} (?::timestamptz, ?::uuid)`, values: [page.after.createdAt, page.after.id] }]
  const { sql, values } = whereSql([...filterSql(conditions), ...after])
  const { rows } = await db.raw<{ rows: ItemRecord[] }>(
    `select ${columns} from ${from} ${sql} order by r.created_at ${direction}, r.id ${direction} limit ?`,
    [...values, page.limit + 1],
  )
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { items: shown.map(itemFrom), next: last === undefined ? null : { createdAt: last.at, id: last.id } }
}

/** The runs of `ids` that are there, in no order. */
export const runItems = async (db: Knex, ids: readonly string[]): Promise<readonly RunItem[]> => {
  const { rows } = await db.raw<{ rows: ItemRecord[] }>(`select ${columns} from ${from} where r.id = any(?::uuid[])`, [[...ids]])
  return rows.map(itemFrom)
}

/** Runs that facets count. */
const facetRuns = 5_000
const facetValues = 50

const facetsSql = (where: string): string => `
  with m as (
    select r.status, r.agent_id, x.models, x.tools from ${from} ${where} order by r.created_at desc, r.id desc limit ${facetRuns + 1}
  ), counted as (
    select 'status' as facet, m.status as value, count(*)::int as runs from m group by m.status
    union all select 'agent', m.agent_id, count(*)::int from m group by m.agent_id
    union all select 'model', v, count(*)::int from m cross join unnest(m.models) as v group by v
    union all select 'tool', v, count(*)::int from m cross join unnest(m.tools) as v group by v
  ), ranked as (
    select c.*, row_number() over (partition by c.facet order by c.runs desc, c.value) as nth from counted as c
  )
  select (select count(*)::int from m) as of, k.facet, k.value, k.runs from ranked as k where k.nth <= ${facetValues} order by k.facet, k.nth`

/** How the newest runs of a query spread over statuses, agents, models and tools. */
export const facetRunsBy = async (db: Knex, conditions: readonly RunCondition[]): Promise<RunFacets> => {
  const { sql, values } = whereSql(filterSql(conditions))
  const { rows } = await db.raw<{ rows: { of: number; facet: string; value: string; runs: number }[] }>(facetsSql(sql), [...values])
  const of = rows[0]?.of ?? 0
  const by = (facet: string) => rows.filter(row => row.facet === facet).map(({ value, runs }) => ({ value, runs }))
  return {
    of: Math.min(of, facetRuns),
    capped: of > facetRuns,
    status: by('status'),
    agent: by('agent'),
    model: by('model'),
    tool: by('tool'),
  }
}
