import type { Knex } from 'knex'
import type { RunFacets, RunItem } from '../model/api/run-item.ts'
import type { RunCondition } from '../model/run-query.ts'
import { findsOf, type RunCursor, type RunsAsked } from './run-find.ts'

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
  r.metadata #>> '{runledger,status_inferred}' as inferred, ${parkedSql} as parked`

const placeColumn = `to_char(k.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`

const from = 'obs_runs as r left join obs_run_index as x on x.run_id = r.id'

type Times = 'created_at' | 'updated_at' | 'ended_at' | 'settled_at'
type ItemRecord = Omit<RunItem, Times> & {
  readonly created_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
  readonly settled_at: Date | null
}
type PlacedRecord = ItemRecord & { readonly at: string }

const itemFrom = (row: ItemRecord): RunItem => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
  settled_at: row.settled_at?.toISOString() ?? null,
})

/** One page of the runs for which all `conditions` hold, and where the next begins. */
export const pageRuns = async (db: Knex, conditions: readonly RunCondition[], page: RunsAsked): Promise<RunPage> => {
  const direction = page.order === 'oldest' ? 'asc' : 'desc'
  let rows: readonly PlacedRecord[] = []
  for (const { sql, values, atLeast } of findsOf(conditions, { ...page, limit: page.limit + 1 })) {
    if (rows.length < atLeast) continue
    const found = await db.raw<{ rows: PlacedRecord[] }>(
      `with k as (${sql}) select ${columns}, ${placeColumn} from k join ${from} on r.id = k.id order by k.created_at ${direction}, k.id ${direction}`,
      [...values],
    )
    rows = found.rows
    if (rows.length > page.limit) break
  }
  const shown = rows.slice(0, page.limit)
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  return { items: shown.map(({ at: _, ...row }) => itemFrom(row)), next: last === undefined ? null : { createdAt: last.at, id: last.id } }
}

/** The runs of `ids` that are there, in no order. */
export const runItems = async (db: Knex, ids: readonly string[]): Promise<readonly RunItem[]> => {
  const { rows } = await db.raw<{ rows: ItemRecord[] }>(`select ${columns} from ${from} where r.id = any(?::uuid[])`, [[...ids]])
  return rows.map(itemFrom)
}

/** Runs that facets count. */
const facetRuns = 5_000
const facetValues = 50

const facetsSql = (found: string): string => `
  with k as (${found}), m as (
    select r.status, r.agent_id, x.models, x.tools from k join ${from} on r.id = k.id
  ), counted as (
    select 'status' as facet, m.status as value, count(*)::int as runs from m group by m.status
    union all select 'agent', m.agent_id, count(*)::int from m group by m.agent_id
    union all select 'model', v, count(*)::int from m cross join unnest(m.models) as v group by v
    union all select 'tool', v, count(*)::int from m cross join unnest(m.tools) as v group by v
  ), ranked as (
    select c.*, row_number() over (partition by c.facet order by c.runs desc, c.value) as nth from counted as c
  )
  select (select count(*)::int from m) as of, k.facet, k.value, k.runs from ranked as k where k.nth <= ${facetValues} order by k.facet, k.nth`

type FacetRecord = { readonly of: number; readonly facet: string; readonly value: string; readonly runs: number }

/** How the newest runs of a query spread over statuses, agents, models and tools. */
export const facetRunsBy = async (db: Knex, conditions: readonly RunCondition[]): Promise<RunFacets> => {
  let rows: readonly FacetRecord[] = []
  let of = 0
  for (const { sql, values, atLeast } of findsOf(conditions, { limit: facetRuns + 1 })) {
    if (of < atLeast) continue
    const found = await db.raw<{ rows: FacetRecord[] }>(facetsSql(sql), [...values])
    rows = found.rows
    of = rows[0]?.of ?? 0
    if (of > facetRuns) break
  }
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
