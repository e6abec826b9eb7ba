import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunItemPage } from '../../src/model/api/run-item.ts'
import { Trace } from '../../src/model/api/trace.ts'
import { uuidFromHex } from '../../src/model/uuid.ts'
import type { Account } from './agents/agent.ts'
import { agents } from './agents.ts'
import { collectorConfig, validate } from './collector.ts'
import { type JaegerSpan, linksOf } from './jaeger.ts'
import { needsGo } from './needs-go.ts'
import { eventually } from './program.ts'
import { startWorld, type World } from './world.ts'

const installMs = 20 * 60_000
const arriveMs = 60_000

describe('agents in four languages, a real Collector, a real Jaeger', () => {
  needsGo()
  let world: World
  const accounts = new Map<string, Account>()

  before(async function () {
    this.timeout(installMs)
    world = await startWorld()
  })
  after(() => world?.end())

  it('has a file that the Collector takes, as it stands and with services chosen by their resource', () => {
    const text = readFileSync(collectorConfig, 'utf8')
    const chosen = text.replace(/^ *processors: \[.*\]\n( *)# (processors: .*)$/gm, '$1$2')
    assert.equal(chosen.match(/^ *processors: .*filter\/agent-services/gm)?.length, 2)
    const folder = mkdtempSync(join(tmpdir(), 'runledger-config-'))
    const file = join(folder, 'chosen.yaml')
    writeFileSync(file, chosen)
    try {
      assert.equal(validate(collectorConfig), '')
      assert.equal(validate(file), '')
      assert.match(validate(file, { COLLECTOR_QUEUE_BYTES: 'much' }), /queue_size/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  for (const agent of agents) {
    it(`${agent.name}: the rows are what the agent says it did, and what Jaeger has, span for span`, async function () {
      this.timeout(installMs)
      const missing = agent.missing()
      if (missing !== undefined) {
        console.log(`    SKIPPED ${agent.name}: ${missing}`)
        this.skip()
      }
      agent.install()
      const account = await agent.run(world.collector)
      accounts.set(agent.name, account)
      const id = uuidFromHex(account.trace_id)
      const isThere = async (): Promise<boolean> => {
        const run = await world.db('obs_runs').where({ id, status: 'completed' }).first('steps')
        return run?.steps === account.steps.length && (await world.jaeger.spans(account.trace_id)).length === account.spans.length
      }
      await eventually(isThere, `the run of ${agent.name}`, arriveMs)
      const steps = await sameAsAccount(world, id, account)
      const spans = await world.jaeger.spans(account.trace_id)
      sameSpans(spans, account)
      sameSteps(spans, steps)
      console.log(
        `    ${agent.name}: ${account.steps.length} steps = ${steps.length} rows, ${account.artifacts.length} artifact = 1 row, ${account.spans.length} spans = ${spans.length} in Jaeger`,
      )
    })
  }

  it('leads from each link in Jaeger to the right run and step', async function () {
    this.timeout(arriveMs)
    const patterns = await world.jaeger.linkPatterns()
    const shipped = JSON.parse(readFileSync('deploy/jaeger/jaeger-ui.json', 'utf8'))
    assert.deepEqual(patterns, shipped.linkPatterns)
    let followed = 0
    let atStep = 0
    let toSession = 0
    for (const account of accounts.values()) {
      const id = uuidFromHex(account.trace_id)
      for (const { url, span } of linksOf(patterns, await world.jaeger.spans(account.trace_id))) {
        const { pathname, search } = new URL(url)
        if (pathname.startsWith('/sessions/')) {
          const { items } = RunItemPage.parse(await (await fetch(`${world.runledger}/api${pathname}`)).json())
          assert.ok(
            items.some(it => it.id === id),
            url,
          )
          toSession += 1
          continue
        }
        const response = await fetch(`${world.runledger}${pathname}${search}`, { redirect: 'manual' })
        const location = response.headers.get('location') ?? ''
        assert.deepEqual([response.status, location.split('?')[0]], [302, `/runs/${id}`], url)
        followed += 1
        if (search === '') continue
        const sequence = Number(new URLSearchParams(location.split('?')[1]).get('step'))
        assert.equal(account.steps[sequence]?.span_id, span?.spanID, url)
        atStep += 1
      }
    }
    assert.ok(followed >= 10 * accounts.size && atStep >= 7 * accounts.size && toSession >= accounts.size)
    console.log(`    ${followed} links of Jaeger's page lead to their run, ${atStep} of them to their step, ${toSession} to its session`)
  })

  it('leads from each step to its trace in Jaeger, and says what Jaeger no longer has', async function () {
    this.timeout(arriveMs)
    const asked = async (path: string): Promise<Trace> => Trace.parse(await (await fetch(`${world.runledger}/api/traces/${path}`)).json())
    for (const account of accounts.values()) {
      for (const step of account.steps) {
        const answer = await asked(`${account.trace_id}?span=${step.span_id}`)
        assert.equal(answer.jaeger, 'found')
        assert.equal(answer.link, `${world.jaeger.url}/trace/${account.trace_id}?uiFind=${step.span_id}`)
        assert.ok(answer.steps.some(it => it.sequence === step.sequence))
      }
    }
    assert.equal((await asked('1')).jaeger, 'gone')
    await world.jaeger.end()
    assert.equal((await asked('1')).jaeger, 'unreachable')
  })
})

type StepRow = { readonly sequence: number; readonly type: string; readonly content: object; readonly span_id: string }

const sameAsAccount = async ({ db }: World, id: string, account: Account): Promise<readonly StepRow[]> => {
  const run = await db('obs_runs').where({ id }).first('agent_id', 'task_input', 'session_id', 'status')
  const { agent_id, task_input, session_id } = account
  assert.deepEqual({ ...run }, { agent_id, task_input, session_id, status: 'completed' })
  const steps: StepRow[] = await db('obs_steps').where({ run_id: id }).orderBy('sequence').select('sequence', 'type', 'content', 'span_id')
  assert.deepEqual(
    steps.map(step => ({ ...step })),
    account.steps,
  )
  const artifacts = await db('obs_artifacts as a')
    .join('obs_steps as s', join => join.on('s.id', 'a.step_id').andOn('s.run_id', 'a.run_id'))
    .where('a.run_id', id)
    .select('a.role', 'a.path', 'a.mime_type', db.raw('a.size_bytes::int as size_bytes'), 's.sequence')
  assert.deepEqual(
    artifacts.map(row => ({ ...row })),
    account.artifacts,
  )
  return steps
}

const parentOf = (span: JaegerSpan): string => span.references.find(it => it.refType === 'CHILD_OF')?.spanID ?? ''

const sameSpans = (spans: readonly JaegerSpan[], account: Account): void => {
  const byId = (a: { span_id: string }, b: { span_id: string }): number => (a.span_id < b.span_id ? -1 : 1)
  assert.deepEqual(
    spans.map(span => ({ span_id: span.spanID, parent_span_id: parentOf(span), name: span.operationName })).sort(byId),
    [...account.spans].sort(byId),
  )
}

// What the rows say is what the spans say that Jaeger has: nothing came here that did not come there, and the same words.
const sameSteps = (spans: readonly JaegerSpan[], steps: readonly StepRow[]): void => {
  const tagged = (span: JaegerSpan, key: string): unknown => span.tags.find(tag => tag.key === key)?.value
  const json = (value: unknown): object => JSON.parse(String(value))
  const told = spans.flatMap(span => {
    const type = tagged(span, 'agent.step.type')
    if (type === undefined) return []
    const content = json(tagged(span, 'agent.step.content'))
    const own = { sequence: tagged(span, 'agent.step.sequence'), type, content, span_id: span.spanID }
    if (type !== 'tool_call') return [own]
    const { tool_name, call_id } = Object.fromEntries(Object.entries(content))
    const result = { tool_name, call_id, ...json(tagged(span, 'agent.step.result')) }
    return [own, { sequence: tagged(span, 'agent.step.result_sequence'), type: 'tool_result', content: result, span_id: span.spanID }]
  })
  assert.deepEqual(
    told.sort((a, b) => Number(a.sequence) - Number(b.sequence)),
    steps.map(step => ({ ...step })),
  )
}
