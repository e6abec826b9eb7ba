import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Comparison } from '../../src/model/api/comparison.ts'
import { RunFacets, RunItemPage } from '../../src/model/api/run-item.ts'
import { Session } from '../../src/model/api/session.ts'
import { Intake, Stats } from '../../src/model/api/stats.ts'
import { indexMissing } from '../../src/store/run-index.ts'
import { testApi } from './api-server.ts'

type Seed = {
  readonly agent: string
  readonly status?: string
  readonly model?: string
  readonly tool?: string
  readonly text?: string
  readonly cost?: number
  readonly gaps?: number
  readonly seconds?: number
}

describe('filters of runs', () => {
  const api = testApi()
  const ids = new Map<string, string>()
  const json = async (path: string): Promise<unknown> => {
    const response = await fetch(`${api.url}/api${path}`)
    assert.equal(response.status, 200, `${path}: ${response.status}`)
    return response.json()
  }
  const agents = async (q: string): Promise<readonly string[]> =>
    RunItemPage.parse(await json(`/runs?q=${encodeURIComponent(q)}`)).items.map(run => run.agent_id)

  const seed = async ({
    agent,
    status = 'completed',
    model = 'gpt-5',
    tool = 'search',
    text = 'hello',
    cost = 0.1,
    gaps = 0,
    seconds = 10,
  }: Seed) => {
    const id = randomUUID()
    ids.set(agent, id)
    const created = new Date(Date.UTC(2026, 0, 1) + ids.size * 60_000)
    await api.db('obs_runs').insert({
      id,
      agent_id: agent,
      status,
      session_id: 'one session',
      created_at: created,
      ended_at: new Date(created.getTime() + seconds * 1_000),
      cluster_id: id,
      revision: 1,
      digest: Buffer.alloc(0),
      task_input: JSON.stringify({ input: `do   ${text}` }),
      cost,
      gaps,
      steps: 3,
      input_tokens: 1_000,
      output_tokens: 50,
    })
    const step = (sequence: number, type: string, content: object, attributes: object = {}) => ({
      id: randomUUID(),
      run_id: id,
      sequence,
      type,
      content: JSON.stringify(content),
      attributes: JSON.stringify(attributes),
      timestamp: created,
      trace_id: id.replaceAll('-', ''),
      digest: Buffer.alloc(0),
      added: 1,
      changed: 1,
      revision: 1,
    })
    await api
      .db('obs_steps')
      .insert([
        step(0, 'tool_call', { tool_name: tool, arguments: { q: text } }),
        step(1, 'tool_result', { tool_name: tool, output: 'none', is_error: false }),
        step(2, 'thought', { text: `the answer is ${text}` }, { model }),
      ])
  }

  before(async () => {
    await seed({ agent: 'plain' })
    await seed({ agent: 'planner', status: 'failed', model: 'claude-5', text: 'umbrella weather', cost: 2.5, seconds: 90 })
    await seed({ agent: 'a "quoted" one', tool: '100%_sure', gaps: 1, text: "o'hara <b>" })
    await seed({ agent: `long ${'x'.repeat(5_000)}`, model: `m${'y'.repeat(5_000)}` })
    assert.equal(await indexMissing(api.db), 4)
    assert.equal(await indexMissing(api.db), 0)
  })

  for (const [q, expected] of [
    ['status:failed,running', ['planner']],
    ['-status:failed agent:plain', ['plain']],
    ['model:claude-5', ['planner']],
    ['tool:100%_sure', ['a "quoted" one']],
    ['tool:100%%sure', []],
    ['has:gap', ['a "quoted" one']],
    ['cost>2', ['planner']],
    ['cost>=0.1 cost<1 has:gap', ['a "quoted" one']],
    ['duration>1m', ['planner']],
    ['tokens>1k -has:gap umbrella', ['planner']],
    ['"weather umbrella"', ['planner']],
    ['answer -umbrella -has:gap agent:plain', ['plain']],
    ['from:2026-01-02', []],
    ["o'hara", ['a "quoted" one']],
  ] as const)
    it(`understands ${q}`, async () => assert.deepEqual(await agents(q), expected))

  it('finds a run by its trace, in any case and without its zeros', async () => {
    const id = ids.get('plain') ?? ''
    assert.deepEqual(await agents(`trace:${id.replaceAll('-', '').toUpperCase()}`), ['plain'])
  })

  it('finds names longer than an index row may be, and only whole', async () => {
    const [long] = [...ids.keys()].filter(agent => agent.startsWith('long'))
    assert.equal(RunItemPage.parse(await json(`/runs?agent=${long?.slice(0, 900)}`)).items.length, 0)
    assert.equal((await agents('model:none')).length, 0)
  })

  it('says where a query can not be understood', async () => {
    for (const q of ['colour:red', 'status:done', 'cost>much', 'from:yesterday']) {
      const response = await fetch(`${api.url}/api/runs?q=${encodeURIComponent(`agent:plain ${q}`)}`)
      assert.equal(response.status, 400)
      const { errors } = JSON.parse(await response.text())
      assert.equal(errors[0].pointer, '#/query/q')
      assert.match(errors[0].detail, /^At character 13: Expected/)
    }
  })

  it('shows the first input and the last text on one line, and what kinds of steps there are', async () => {
    const [run] = RunItemPage.parse(await json('/runs?agent=planner')).items
    assert.deepEqual([run?.input, run?.output], ['do umbrella weather', 'the answer is umbrella weather'])
    assert.deepEqual(run?.kinds, { thought: 1, tool_call: 1, tool_result: 1 })
    assert.deepEqual([run?.models, run?.tools, run?.duration_ms], [['claude-5'], ['search'], 90_000])
  })

  it('counts facets of what a query finds', async () => {
    const facets = RunFacets.parse(await json('/facets?q=cost%3C1'))
    assert.deepEqual([facets.of, facets.capped], [3, false])
    assert.deepEqual(facets.tool, [
      { value: 'search', runs: 2 },
      { value: '100%_sure', runs: 1 },
    ])
  })

  it('lists a session from its beginning', async () => {
    const session = Session.parse(await json('/sessions/one%20session?limit=3'))
    assert.deepEqual(session.items.map(run => run.agent_id).slice(0, 2), ['plain', 'planner'])
    const rest = Session.parse(await json(`/sessions/one%20session?limit=3&cursor=${session.next}`))
    assert.deepEqual([rest.items.length, rest.next], [1, null])
    assert.equal((await fetch(`${api.url}/api/sessions/none`)).status, 404)
  })

  it('compares two runs and finds where they part', async () => {
    const compared = Comparison.parse(await json(`/compare?a=${ids.get('plain')}&b=${ids.get('planner')}`))
    assert.deepEqual(
      compared.rows.map(({ a, b, same }) => [a?.type, b?.type, same]),
      [
        ['tool_call', 'tool_call', false],
        ['tool_result', 'tool_result', true],
        ['thought', 'thought', false],
      ],
    )
    assert.equal(compared.first_divergence, 0)
    assert.deepEqual(
      compared.deltas.find(delta => delta.figure === 'cost'),
      { figure: 'cost', a: 0.1, b: 2.5 },
    )
  })

  it('counts by hour, agent, model and tool', async () => {
    const stats = Stats.parse(await json('/stats?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z'))
    assert.deepEqual([stats.of, stats.hours.length, stats.hours[0]?.failed], [4, 1, 1])
    assert.deepEqual(stats.tools[0], { tool: 'search', calls: 3, errors: 0, p50_ms: null, p95_ms: null })
    assert.equal(stats.models.find(({ model }) => model === 'gpt-5')?.calls, 2)
    Intake.parse(await json('/intake'))
  })
})
