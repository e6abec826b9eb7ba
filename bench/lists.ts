import { createDatabase } from '../src/store/database.ts'
import { percentile } from './machine.ts'

/** One list or page that is asked for, and how long its answers took. */
export type Timed = { readonly asked: string; readonly p50_ms: number; readonly p95_ms: number }

const newest = '2026-06-01T00:00:00Z'
const asksEach = 15

/**
 * `count` runs made by SQL, a minute apart, as lists see them: five models of which one was used by the oldest tenth alone, 40
 * tools, 2,000 agents, a few failures, gaps and words; and one run of 10,000 steps. Analysed at the end, as autovacuum would.
 */
export const fillRuns = async (url: string, count: number): Promise<void> => {
  const db = createDatabase({ url, pool: 1, statementTimeoutMs: 1_800_000, applicationName: 'bench' })
  try {
    await db.raw(runsSql, [count])
    await db.raw(indexSql)
    await db.raw(longRunSql)
    await db.raw('insert into obs_run_index_place (feed) values (0) on conflict do nothing')
    await db.raw('vacuum analyze obs_runs, obs_run_index, obs_steps')
  } finally {
    await db.destroy()
  }
}

const runsSql = `
  insert into obs_runs (id, agent_id, task_input, status, created_at, ended_at, session_id, cluster_id, settled_at, revision, digest, steps, errors,
    artifacts, gaps, input_tokens, output_tokens, cost)
  select md5('run ' || n)::uuid, 'agent ' || n % 2000, to_jsonb('Do number ' || n),
    case when n % 50 = 0 then 'failed' when n % 997 = 0 then 'cancelled' when n < 5 then 'running' else 'completed' end,
    timestamptz '${newest}' - n * interval '1 minute',
    case when n >= 5 then timestamptz '${newest}' - n * interval '1 minute' + (1 + h % 600) * interval '1 second' end,
    'session ' || n / 10, md5('run ' || n)::uuid, now(), 3, '', 5 + h % 200, case when n % 50 = 0 then 1 else 0 end, case when n % 5 = 0 then 1 else 0 end,
    case when n % 1000 = 7 then 2 else 0 end, 1000 + h % 90000, 100 + h % 3000, (h % 10000) / 10000.0
  from generate_series(1, ?::int) as n cross join lateral (select abs(hashint4(n)::bigint) as h) as hashed`

const indexSql = `
  insert into obs_run_index (run_id, revision, created_at, terms, words, input, output, models, tools, kinds, cost, tokens, steps, errors, duration_ms)
  select r.id, r.revision, r.created_at,
    array['model:' || m.model, 'tool:tool ' || r.n % 40, 'tool:search', 'trace:' || replace(r.id::text, '-', '')]
      || case when r.gaps > 0 then array['has:gap'] else '{}' end || case when r.artifacts > 0 then array['has:artifact'] else '{}' end
      || case when r.errors > 0 then array['has:error'] else '{}' end,
    array_to_tsvector(array['do', 'number', r.n::text, 'everywhere', 'word' || r.n % 100, 'seldom' || r.n % 50000]
      || case when r.n > r.runs * 0.9 then array['bygone'] else '{}' end),
    r.task_input #>> '{}', 'Done', array[m.model], array['search', 'tool ' || r.n % 40], '{"thought": 3, "tool_call": 2, "tool_result": 2}',
    r.cost, r.input_tokens + r.output_tokens, r.steps, r.errors, extract(epoch from r.ended_at - r.created_at) * 1000
  from (select r.*, (extract(epoch from timestamptz '${newest}' - r.created_at) / 60)::int as n, count(*) over () as runs from obs_runs as r) as r
  cross join lateral (select case when r.n > r.runs * 0.9 then 'bygone' else 'model ' || r.n % 4 end as model) as m`

export const longRun = 'ffffffff-0000-4000-8000-000000000001'
const longRunSteps = 10_000

const longRunSql = `
  with run as (
    insert into obs_runs (id, agent_id, status, created_at, ended_at, cluster_id, revision, digest, steps)
    values ('${longRun}', 'long', 'completed', '${newest}', '${newest}', '${longRun}', 3, '', ${longRunSteps}) returning id
  )
  insert into obs_steps (id, run_id, sequence, type, content, timestamp, trace_id, span_id, digest, added, changed, revision, attributes)
  select md5('step ' || n)::uuid, run.id, n, case n % 3 when 0 then 'thought' when 1 then 'tool_call' else 'tool_result' end,
    case n % 3 when 0 then jsonb_build_object('text', repeat('A thought about it. ', 40))
      when 1 then jsonb_build_object('tool_name', 'search', 'arguments', jsonb_build_object('q', repeat('words ', 20)), 'call_id', n::text)
      else jsonb_build_object('tool_name', 'search', 'output', repeat('A line of what was found. ', 60), 'is_error', false, 'call_id', (n - 1)::text) end,
    timestamptz '${newest}' + n * interval '1 second', repeat('a', 32), lpad(to_hex(n), 16, '0'), '', 1, 1, 1, '{"model": "model 1", "input_tokens": 100}'
  from run cross join generate_series(0, ${longRunSteps - 1}) as n`

/** Of a model and a word that only old runs have: the newest scan finds its 50 runs late. */
export const bygoneQueries: readonly string[] = ['model:bygone', 'bygone', 'status:failed model:bygone']

/** What lists are asked for: each filter where it finds much, little and nothing. */
export const listQueries: readonly string[] = [
  '',
  'status:failed',
  'status:cancelled,running',
  '-status:completed',
  'agent:"agent 7"',
  'agent:nobody',
  'session:"session 7000"',
  'model:"model 1"',
  'model:unheard-of',
  '-model:"model 1"',
  'tool:search',
  'tool:"tool 7"',
  '-tool:"tool 7"',
  'trace:abc',
  'has:artifact',
  'has:gap',
  '-has:artifact',
  'cost>0.5',
  'cost>0.9998',
  'cost>5',
  'tokens>50k',
  'tokens>92900',
  'steps>100',
  'steps>1000',
  'errors>0',
  'duration>5m',
  'duration>1h',
  'from:2026-05-31',
  'to:2025-01-01',
  'everywhere',
  'word7',
  'seldom77',
  'unheard-of',
  '-word7',
  'status:failed model:"model 2"',
  'agent:"agent 50" has:artifact cost>0.1',
  'word7 model:"model 3" cost>0.5 duration>1m',
]

/** Asks a server for the newest 50 runs of each query, for facets, and for the first page of the long run. */
export const timeLists = async (api: string): Promise<readonly Timed[]> => {
  const paths = [
    ...[...listQueries, ...bygoneQueries].map(q => `/api/runs?limit=50${q === '' ? '' : `&q=${encodeURIComponent(q)}`}`),
    `/api/runs/${longRun}/steps`,
    `/api/runs/${longRun}/steps?limit=2000`,
    `/api/facets`,
  ]
  const timed: Timed[] = []
  // The first answers are those of a server that has just started, from pages that were just written.
  for (const path of paths) await (await fetch(`${api}${path}`)).arrayBuffer()
  for (const path of paths)
    timed.push({ asked: decodeURIComponent(path).replace('/api/runs?limit=50', 'runs'), ...(await timesOf(`${api}${path}`)) })
  return timed
}

const timesOf = async (url: string): Promise<Omit<Timed, 'asked'>> => {
  const times: number[] = []
  for (let n = 0; n < asksEach; n += 1) {
    const started = performance.now()
    const response = await fetch(url)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${url}: ${response.status}`)
    times.push(performance.now() - started)
  }
  return { p50_ms: Math.round(percentile(times, 0.5) * 10) / 10, p95_ms: Math.round(percentile(times, 0.95) * 10) / 10 }
}
