import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RunItemPage } from '../../src/model/api/run-item.ts'
import { StepItemPage, StepSlice } from '../../src/model/api/step-item.ts'
import { ArtifactPage } from '../../src/model/artifact.ts'
import { RunDetail } from '../../src/model/run.ts'
import { Step } from '../../src/model/step.ts'
import { createRunWriter, type WrittenStep } from '../stream/run-writer.ts'
import { testApi } from './api-server.ts'

const step = (sequence: number, text = `text ${sequence}`): WrittenStep => ({ id: randomUUID(), sequence, text })

describe('createApi', () => {
  const api = testApi()
  const ask = (path: string): Promise<Response> => fetch(`${api.url}/api${path}`, { redirect: 'manual' })
  const json = async (path: string): Promise<unknown> => (await ask(path)).json()
  const newRun = async (steps: readonly WrittenStep[] = [step(0)], artifacts: ReadonlyMap<string, string> = new Map()) => {
    const writer = createRunWriter(api.db, randomUUID())
    await writer.commit({ steps, artifacts })
    return writer
  }
  const problemOf = async (response: Response) => {
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    const body: { status: number; detail: string; errors?: { pointer: string; detail: string }[] } = JSON.parse(await response.text())
    assert.equal(body.status, response.status)
    return body
  }

  describe('GET /api/runs', () => {
    let ids: string[] = []
    before(async () => {
      await api.db('obs_runs').delete()
      const runs = Array.from({ length: 7 }, (_, n) => ({
        id: randomUUID(),
        agent_id: n % 2 === 0 ? 'even' : 'odd',
        status: n < 3 ? 'failed' : 'completed',
        session_id: 'one',
        created_at: `2026-01-01T00:00:00.00000${Math.floor(n / 2)}Z`,
        cluster_id: randomUUID(),
        revision: 1,
        digest: Buffer.alloc(0),
        task_input: JSON.stringify('go'),
      }))
      await api.db('obs_runs').insert(runs)
      ids = await api
        .db('obs_runs')
        .orderBy([
          { column: 'created_at', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .pluck<string[]>('id')
    })

    it('gives every run once, newest first, over pages that part runs of one microsecond', async () => {
      const found: string[] = []
      for (let next: string | null = ''; next !== null; ) {
        const page: RunItemPage = RunItemPage.parse(await json(`/runs?limit=2${next === '' ? '' : `&cursor=${next}`}`))
        assert.ok(page.items.length <= 2)
        found.push(...page.items.map(run => run.id))
        next = page.next
      }
      assert.deepEqual(found, ids)
    })

    it('filters by status, agent and session', async () => {
      const agents = async (query: string) => RunItemPage.parse(await json(`/runs?${query}`)).items.map(run => [run.agent_id, run.status])
      assert.deepEqual(await agents('status=failed&agent=odd&session=one'), [['odd', 'failed']])
      assert.deepEqual(await agents('session=none'), [])
    })

    it('shows the beginning of a large input, and all of it in the run', async () => {
      const id = randomUUID()
      await api.db('obs_runs').insert({
        id,
        agent_id: 'large',
        status: 'running',
        created_at: '2026-01-02',
        cluster_id: id,
        revision: 1,
        digest: Buffer.alloc(0),
        task_input: JSON.stringify('x'.repeat(70_000)),
      })
      const { items } = RunItemPage.parse(await json('/runs?agent=large'))
      assert.equal(items[0]?.input, 'x'.repeat(200))
      assert.equal(RunDetail.parse(await json(`/runs/${id}`)).task_input, 'x'.repeat(70_000))
    })

    for (const [query, pointer] of [
      ['limit=0', '#/query/limit'],
      ['limit=-1', '#/query/limit'],
      ['limit=501', '#/query/limit'],
      ['limit=1000000000', '#/query/limit'],
      ['limit=NaN', '#/query/limit'],
      ['limit=', '#/query/limit'],
      ['limit=0x10', '#/query/limit'],
      ['limit=1&limit=2', '#/query/limit'],
      ['limit[]=1', '#/query/limit%5B%5D'],
      ['status=done', '#/query/status'],
      ['status=failed&status=completed', '#/query/status'],
      ['agent=', '#/query/agent'],
      ['sort=id%3B%20drop%20table', '#/query/sort'],
      ['__proto__=1', '#/query/__proto__'],
      ['a%2Fb~=1', '#/query/a~1b~0'],
      ['cursor=abc', '#/query/cursor'],
      [`cursor=${Buffer.from('["x","y"]').toString('base64url')}`, '#/query/cursor'],
    ] as const)
      it(`refuses ?${query}`, async () => {
        const response = await ask(`/runs?${query}`)
        assert.equal(response.status, 400)
        const { errors } = await problemOf(response)
        assert.deepEqual(
          errors?.map(error => error.pointer),
          [pointer],
        )
      })

    it('refuses the cursor of another list, or a part of one', async () => {
      const { next } = RunItemPage.parse(await json('/runs?limit=1'))
      assert.equal((await ask(`/runs?limit=1&cursor=${next}`)).status, 200)
      assert.equal((await ask(`/runs?limit=1&status=failed&cursor=${next}`)).status, 400)
      assert.equal((await ask(`/runs?limit=1&cursor=${next?.slice(0, -9)}`)).status, 400)
    })

    it('takes wildcards and quotes of a filter for what they are', async () => {
      for (const value of ['%', '_dd', "odd' or '1'='1", '\\', '\u0001'])
        assert.deepEqual(RunItemPage.parse(await json(`/runs?agent=${encodeURIComponent(value)}`)).items, [])
    })
  })

  describe('GET /api/runs/:id', () => {
    it('gives the run with its marks', async () => {
      const writer = await newRun()
      await api
        .db('obs_groups')
        .insert({ group_id: writer.id, cluster_id: writer.id, facts_version: 1, first_day: '2026-01-01', last_fact_at: new Date() })
      await api.db('obs_projections').insert({ group_id: writer.id, parked: 'it threw', parked_at: new Date() })
      await api
        .db('obs_quarantine')
        .insert({ digest: Buffer.from(writer.id), signal: 'traces', reason: 'bad', group_id: writer.id, payload: Buffer.alloc(1) })
      const run = RunDetail.parse(await json(`/runs/${writer.id.toUpperCase()}`))
      assert.deepEqual(
        [run.id, run.parked, run.quarantined, run.revision, run.created_at],
        [writer.id, 'it threw', 1, 1, '2026-01-01T00:00:00.123Z'],
      )
    })

    it('is not found, gone, or elsewhere', async () => {
      const [moved, deleted, aliased, target] = [await newRun(), await newRun(), randomUUID(), await newRun()]
      await moved.vanish(target.id)
      await deleted.vanish()
      await api.db('obs_gone_runs').where('id', deleted.id).update({ deleted: true })
      await api.db('obs_run_aliases').insert({ alias: aliased, run_id: target.id })
      assert.equal((await ask(`/runs/${randomUUID()}`)).status, 404)
      assert.equal((await ask('/runs/no-uuid')).status, 404)
      assert.equal((await ask(`/runs/${deleted.id}`)).status, 410)
      for (const id of [moved.id, aliased]) {
        const response = await ask(`/runs/${id}`)
        assert.deepEqual([response.status, response.headers.get('location')], [307, `/api/runs/${target.id}`])
        const steps = await ask(`/runs/${id}/steps?limit=3`)
        assert.deepEqual([steps.status, steps.headers.get('location')], [307, `/api/runs/${target.id}/steps?limit=3`])
      }
    })

    it('is the run itself where an alias has become one', async () => {
      const writer = await newRun()
      await api.db('obs_run_aliases').insert({ alias: writer.id, run_id: randomUUID() })
      assert.equal((await ask(`/runs/${writer.id}`)).status, 200)
    })
  })

  describe('GET /api/runs/:id/steps', () => {
    it('gives the steps in their order, page by page', async () => {
      const steps = Array.from({ length: 5 }, (_, n) => step(n * 2))
      const writer = await newRun(steps)
      const first = StepItemPage.parse(await json(`/runs/${writer.id}/steps?limit=3`))
      assert.deepEqual(
        first.items.map(it => it.id),
        steps.slice(0, 3).map(it => it.id),
      )
      assert.deepEqual([first.next, first.revision], [4, 1])
      const second = StepItemPage.parse(await json(`/runs/${writer.id}/steps?limit=3&after=${first.next}`))
      assert.deepEqual([second.items.map(it => it.sequence), second.next], [[6, 8], null])
    })

    it('gives no contents, but their beginnings, and pieces of them on request', async () => {
      const writer = await newRun([step(0, `${'😀'.repeat(300)}${'x'.repeat(70_000)}`), step(1)])
      const { items } = StepItemPage.parse(await json(`/runs/${writer.id}/steps`))
      const [large] = items
      assert.equal(large?.preview, `${'😀'.repeat(300)}${'x'.repeat(100)}`)
      const path = `/runs/${writer.id}/steps/${large?.id}`
      assert.deepEqual(Step.parse(await json(path)).content, { text: `${'😀'.repeat(300)}${'x'.repeat(70_000)}` })
      assert.deepEqual(StepSlice.parse(await json(`${path}?field=text&offset=298&length=5`)), {
        field: 'text',
        offset: 298,
        length: 5,
        total: 70_300,
        json: false,
        text: '😀😀xxx',
      })
      assert.equal((await ask(`${path}?field=output`)).status, 404)
      assert.equal((await ask(`${path}?field=nothing`)).status, 400)
    })

    it('cuts a page by bytes', async () => {
      await api.db.raw('alter table obs_steps alter column content set storage external')
      const writer = await newRun(Array.from({ length: 3 }, (_, n) => step(n, 'x'.repeat(20_000_000))))
      const { items, next } = StepItemPage.parse(await json(`/runs/${writer.id}/steps`))
      assert.deepEqual([items.length, next], [1, 0])
    })

    it('refuses what is no place or no step', async () => {
      const writer = await newRun()
      for (const query of ['after=-2', 'after=2147483648', 'limit=2001', 'after=1.5'])
        assert.equal((await ask(`/runs/${writer.id}/steps?${query}`)).status, 400)
      for (const id of [randomUUID(), 'x']) assert.equal((await ask(`/runs/${writer.id}/steps/${id}`)).status, 404)
      assert.equal((await ask(`/runs/${randomUUID()}/steps`)).status, 404)
    })
  })

  it('GET /api/runs/:id/steps cuts a page by what its contents are as text, however little room they are stored in', async () => {
    await api.db.raw('alter table obs_steps alter column content set storage extended')
    const writer = await newRun(Array.from({ length: 600 }, (_, n) => step(n, 'x'.repeat(60_000))))
    const page = await (await ask(`/runs/${writer.id}/steps?limit=2000`)).text()
    assert.ok(page.length < 1024 * 1024, `got ${page.length}`)
    const { items, next } = StepItemPage.parse(JSON.parse(page))
    assert.equal(next, items.at(-1)?.sequence)
  })

  it('GET /api/runs/:id/artifacts gives them by id, page by page', async () => {
    const one = step(0)
    const ids = Array.from({ length: 3 }, () => randomUUID()).toSorted()
    const writer = await newRun([one], new Map(ids.map(id => [id, one.id])))
    const first = ArtifactPage.parse(await json(`/runs/${writer.id}/artifacts?limit=2`))
    const second = ArtifactPage.parse(await json(`/runs/${writer.id}/artifacts?limit=2&after=${first.next}`))
    assert.deepEqual(
      [...first.items, ...second.items].map(it => it.id),
      ids,
    )
    assert.equal(second.next, null)
  })

  it('answers what it does not know with a problem, and tells nothing of its inside', async () => {
    for (const path of ['/nothing', '/runs/%E0%A4%A', `/runs/${randomUUID()}/nothing`]) {
      const body = await problemOf(await ask(path))
      assert.doesNotMatch(JSON.stringify(body), /select|node_modules|at \w+ \(|postgres/i)
    }
  })

  it('answers 503 without a word of the statement where the database fails', async () => {
    await api.db.raw('alter table obs_steps rename to obs_steps_away')
    const response = await ask(`/runs/${(await newRunWithoutSteps()).id}/steps`)
    await api.db.raw('alter table obs_steps_away rename to obs_steps')
    const { detail } = await problemOf(response)
    assert.equal(response.status, 503)
    assert.match(response.headers.get('retry-after') ?? '', /^[1-5]$/)
    assert.doesNotMatch(detail, /obs_|select/)
    assert.match(api.logged.join('\n'), /42P01/)
    assert.doesNotMatch(api.logged.join('\n'), /select/)
  })

  const newRunWithoutSteps = async () => {
    const id = randomUUID()
    await api
      .db('obs_runs')
      .insert({ id, agent_id: 'a', status: 'running', created_at: new Date(), cluster_id: id, revision: 1, digest: Buffer.alloc(0) })
    return { id }
  }
})
