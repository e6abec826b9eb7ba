import assert from 'node:assert/strict'
import { z } from 'zod'
import { bygoneQueries, fillRuns, listQueries, longRun } from '../../bench/lists.ts'
import { parseRunQuery } from '../../src/model/run-query.ts'
import type { RunCursor } from '../../src/store/run-find.ts'
import { facetRunsBy, pageRuns } from '../../src/store/run-list.ts'
import { pageSteps } from '../../src/store/step-list.ts'
import { testDatabase } from '../support/database.ts'

const runs = 100_000
const fillMs = 120_000
/** Pages of 8 KiB a list may touch, about 20 ms from memory: a walk through all runs touches ten times as many. */
const maxPages = 40_000

const Node = z.looseObject({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Shared Hit Blocks': z.number(),
  'Shared Read Blocks': z.number(),
  get Plans() {
    return z.array(Node).optional()
  },
})
type Node = z.infer<typeof Node>
const Plan = z.tuple([z.object({ Plan: Node })])

const nodesOf = (plan: Node): readonly Node[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

describe('the plans of lists of runs', () => {
  const test = testDatabase()
  before(async function () {
    this.timeout(fillMs)
    await fillRuns(test.url, runs)
  })

  /** The plans of the statements that `ask` runs. */
  const plansOf = async (ask: () => Promise<unknown>): Promise<readonly Node[]> => {
    const asked: { readonly sql: string; readonly bindings: readonly unknown[] }[] = []
    const note = (query: { sql: string; bindings: readonly unknown[] }): void =>
      void asked.push({ sql: query.sql, bindings: query.bindings })
    test.db.on('query', note)
    await ask()
    test.db.removeListener('query', note)
    const plans: Node[] = []
    const client = await test.db.client.acquireConnection()
    try {
      for (const { sql, bindings } of asked) {
        const { rows } = await client.query(`explain (analyze, buffers, timing off, format json) ${sql}`, [...bindings])
        const [{ Plan: top }] = Plan.parse(rows[0]['QUERY PLAN'])
        plans.push(top)
      }
    } finally {
      await test.db.client.releaseConnection(client)
    }
    return plans
  }
  const assertFewPages = (plans: readonly Node[]): void => {
    const pages = plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0)
    assert.ok(pages <= maxPages, `${pages} pages: ${JSON.stringify(plans).slice(0, 3_000)}`)
  }
  const listed = (q: string) => () => pageRuns(test.db, parseRunQuery(q).conditions, { limit: 50 })

  for (const [q, index] of [
    ['', 'obs_runs_newest'],
    ['status:failed', 'obs_runs_status'],
    ['agent:"agent 7"', 'obs_runs_agent'],
    ['session:"session 7"', 'obs_runs_session'],
    ['from:2026-05-30 to:2026-05-31', 'obs_runs_newest'],
    ['-word7', 'obs_runs_newest'],
    ['model:"model 1"', 'obs_run_index_newest'],
    ['everywhere', 'obs_run_index_newest'],
    ['tool:"tool 7"', 'obs_run_index_newest'],
    ['has:gap', 'obs_run_index_terms'],
    ['model:bygone', 'obs_run_index_terms'],
    ['trace:0123456789abcdef0123456789abcdef', 'obs_run_index_terms'],
    ['seldom77', 'obs_run_index_words'],
    ['bygone', 'obs_run_index_words'],
    ['cost>0.9998', 'obs_run_index_cost'],
    ['tokens>1m', 'obs_run_index_tokens'],
    ['steps>1000', 'obs_run_index_steps'],
    ['duration>1h', 'obs_run_index_duration'],
    ['status:failed model:"model 2"', 'obs_runs_status'],
    ['agent:"agent 50" has:artifact', 'obs_runs_agent'],
  ] as const)
    it(`${q === '' ? 'without a filter' : q} goes by ${index}, and reads no table whole`, async () => {
      const nodes = (await plansOf(listed(q))).flatMap(nodesOf)
      const whole = nodes.flatMap(node => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : []))
      // Empty here, and looked into for the runs that are shown alone.
      assert.deepEqual(
        whole.filter(table => !/groups|projections/.test(table)),
        [],
      )
      const used = nodes.flatMap(node => node['Index Name'] ?? [])
      assert.ok(used.includes(index), `got ${used.join(', ')}`)
    })

  for (const q of [...listQueries, ...bygoneQueries])
    it(`touch few pages for ${q === '' ? 'the newest' : q}`, async () => assertFewPages(await plansOf(listed(q))))

  it('touch few pages for the facets of what hardly any run has', async () =>
    assertFewPages(await plansOf(() => facetRunsBy(test.db, parseRunQuery('seldom77').conditions))))

  it('touch few pages for the first page of a run of 10,000 steps', async () =>
    assertFewPages(await plansOf(() => pageSteps(test.db, longRun, -1, 200))))

  for (const [q, where] of [
    ['word7', `x.words @@ 'word7'`],
    ['tool:"tool 7" to:2026-05-25', `x.terms @> '{tool:tool 7}' and r.created_at < '2026-05-25'`],
    ['bygone', `x.words @@ 'bygone'`],
    ['word7 model:"model 3" cost>0.5', `x.words @@ 'word7' and x.terms @> '{model:model 3}' and x.cost > 0.5`],
    ['status:failed cost>0.9', `r.status = 'failed' and x.cost > 0.9`],
    ['-status:completed steps>100', `r.status <> 'completed' and x.steps > 100`],
  ] as const)
    for (const order of ['newest', 'oldest'] as const)
      it(`finds every run of ${q}, ${order} first, page by page`, async () => {
        const direction = order === 'newest' ? 'desc' : 'asc'
        const { rows } = await test.db.raw(
          `select r.id from obs_runs as r join obs_run_index as x on x.run_id = r.id where ${where}
           order by r.created_at ${direction}, r.id ${direction} limit 600`,
        )
        const found: string[] = []
        let after: RunCursor | undefined
        do {
          const { items, next } = await pageRuns(test.db, parseRunQuery(q).conditions, { limit: 50, after, order })
          found.push(...items.map(({ id }) => id))
          after = next ?? undefined
        } while (after !== undefined && found.length < 600)
        assert.deepEqual(
          found,
          rows.map(({ id }: { readonly id: string }) => id),
        )
      })
})
