import assert from 'node:assert/strict'
import pg from 'pg'
import { parseRunQuery } from '../../src/model/run-query.ts'
import { pageRuns } from '../../src/store/run-list.ts'
import { testDatabase } from '../support/database.ts'

const runs = 40_000

type Plan = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly Plans?: readonly Plan[]
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

describe('the plans of lists of runs', () => {
  const test = testDatabase()

  before(async function () {
    this.timeout(120_000)
    await test.db.raw(
      `insert into obs_runs (id, agent_id, status, session_id, created_at, ended_at, cluster_id, revision, digest, steps)
       select i, 'agent ' || n % 400, case when n % 50 = 0 then 'failed' else 'completed' end, 'session ' || n / 20,
         timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '2 seconds', i, 1, '', n % 100
       from (select n, gen_random_uuid() as i from generate_series(1, ${runs}) as n) as x`,
    )
    await test.db.raw(
      `insert into obs_run_index (run_id, revision, terms, words, models, tools, kinds, cost, tokens, steps, errors, duration_ms)
       select r.id, 1, array['model:m' || (r.steps % 10), 'tool:rare ' || (extract(epoch from r.created_at)::bigint % 2000), 'trace:' || replace(r.id::text, '-', '')],
         to_tsvector('simple', 'common word' || (extract(epoch from r.created_at)::bigint % 3000)), '{}', '{}', '{}',
         n, n * 1000, n, 0, n * 100
       from (select r.*, extract(epoch from r.created_at)::int % 4000 as n from obs_runs as r) as r`,
    )
    await test.db.raw('analyze obs_runs; analyze obs_run_index')
  })

  /** The plan of the statement that the list runs. */
  const planOf = async (q: string): Promise<readonly Plan[]> => {
    const asked: { sql: string; bindings: unknown[] }[] = []
    const note = (query: { sql: string; bindings: unknown[] }): void => void asked.push(query)
    test.db.on('query', note)
    await pageRuns(test.db, parseRunQuery(q).conditions, { limit: 50 })
    test.db.removeListener('query', note)
    const [query] = asked
    const client = new pg.Client({ connectionString: test.url })
    await client.connect()
    const { rows } = await client.query(`explain (format json) ${query?.sql}`, query?.bindings).finally(() => client.end())
    return nodesOf(rows[0]['QUERY PLAN'][0].Plan)
  }

  for (const [q, index] of [
    ['', 'obs_runs_newest'],
    ['status:failed', 'obs_runs_status'],
    ['agent:"agent 7"', 'obs_runs_agent'],
    ['session:"session 7"', 'obs_runs_session'],
    ['from:2026-01-01T01:00:00Z to:2026-01-01T02:00:00Z', 'obs_runs_newest'],
    ['model:m3', 'obs_runs_newest'],
    ['tool:"rare 77"', 'obs_run_index_terms'],
    ['trace:0123456789abcdef0123456789abcdef', 'obs_run_index_terms'],
    ['cost>3990', 'obs_run_index_cost'],
    ['steps>3990', 'obs_run_index_steps'],
    ['word77', 'obs_run_index_words'],
    ['common', 'obs_runs_newest'],
  ] as const)
    it(`${q === '' ? 'without a filter' : q} goes by ${index}, and reads no table whole`, async () => {
      const plan = await planOf(q)
      assert.deepEqual(
        // Empty here, and looked into for the runs that are shown alone.
        plan
          .flatMap(node => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : []))
          .filter(table => !/groups|projections/.test(table)),
        [],
      )
      const used = plan.flatMap(node => node['Index Name'] ?? [])
      assert.ok(used.includes(index), `got ${used.join(', ')}`)
    })
})
