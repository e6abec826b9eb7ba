import assert from 'node:assert/strict'
import { z } from 'zod'
import { fillRuns, listQueries, longRun } from '../../bench/lists.ts'
import { parseRunQuery } from '../../src/model/run-query.ts'
import { pageRuns } from '../../src/store/run-list.ts'
import { pageSteps } from '../../src/store/step-list.ts'
import { testDatabase } from '../support/database.ts'

const runs = 100_000
const fillMs = 120_000
/** Pages of 8 KiB a list may touch, about 20 ms from memory: a walk through all runs touches ten times as many. */
const maxPages = 40_000

const Plan = z.tuple([z.object({ Plan: z.looseObject({ 'Shared Hit Blocks': z.number(), 'Shared Read Blocks': z.number() }) })])

describe('lists of many runs', () => {
  const database = testDatabase()
  before(async function () {
    this.timeout(fillMs)
    await fillRuns(database.url, runs)
  })

  const plansOf = async (ask: () => Promise<unknown>): Promise<{ readonly pages: number; readonly plan: string }> => {
    const asked: { readonly sql: string; readonly bindings: readonly unknown[] }[] = []
    const note = (query: { sql: string; bindings: readonly unknown[] }): void =>
      void asked.push({ sql: query.sql, bindings: query.bindings })
    database.db.on('query', note)
    await ask()
    database.db.removeListener('query', note)
    let pages = 0
    let plan = ''
    for (const { sql, bindings } of asked) {
      const client = await database.db.client.acquireConnection()
      try {
        const { rows } = await client.query(`explain (analyze, buffers, timing off, format json) ${sql}`, [...bindings])
        const [{ Plan: top }] = Plan.parse(rows[0]['QUERY PLAN'])
        pages += top['Shared Hit Blocks'] + top['Shared Read Blocks']
        plan += JSON.stringify(top)
      } finally {
        await database.db.client.releaseConnection(client)
      }
    }
    return { pages, plan }
  }

  for (const q of listQueries)
    it(`touch few pages for ${q === '' ? 'the newest' : q}`, async () => {
      const { pages, plan } = await plansOf(() => pageRuns(database.db, parseRunQuery(q).conditions, { limit: 50 }))
      assert.ok(pages <= maxPages, `${pages} pages: ${plan.slice(0, 3_000)}`)
    })

  it('touch few pages for the first page of a run of 10,000 steps', async () => {
    const { pages, plan } = await plansOf(() => pageSteps(database.db, longRun, -1, 200))
    assert.ok(pages <= maxPages, `${pages} pages: ${plan.slice(0, 3_000)}`)
  })
})
