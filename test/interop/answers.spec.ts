import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, type Answerer, startAnswerer } from './answerer.ts'
import type { Collector } from './collector.ts'
import { needsGo } from './needs-go.ts'
import { eventually } from './program.ts'
import { startWorld, type World } from './world.ts'

const buildMs = 20 * 60_000
const patienceMs = 20_000
/** Longer than the Collector's first pause, 1 s give or take a half. */
const nothingMoreMs = 2_500
const documentation = readFileSync('docs/collector.md', 'utf8')

const span = (collector: Collector, spanId: string, words: string): Promise<Response> => {
  const at = String(BigInt(Date.now()) * 1_000_000n)
  const attributes = [
    { key: 'agent.step.type', value: { stringValue: 'thought' } },
    { key: 'agent.step.content', value: { stringValue: JSON.stringify({ text: words }) } },
  ]
  const traceId = randomBytes(16).toString('hex')
  const spans = [{ traceId, spanId, name: 'think', startTimeUnixNano: at, endTimeUnixNano: at, attributes }]
  return fetch(`${collector.http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  })
}

const newId = (): string => randomBytes(8).toString('hex')
const saidOf = (collector: Collector, words: RegExp): number => collector.said.filter(line => words.test(line)).length

describe('what a Collector does with an answer', () => {
  needsGo()

  describe('as docs/collector.md says, answer by answer', () => {
    let answerer: Answerer
    let world: World
    before(async function () {
      this.timeout(buildMs)
      answerer = await startAnswerer()
      world = await startWorld({ receiver: answerer.url, collector: { COLLECTOR_FLUSH: '50ms' } })
    })
    after(async () => {
      await world?.end()
      await answerer?.close()
    })

    const retryAfterS = 3
    const answerFrom = (text: string): Answer => {
      if (text.includes('connection')) return 'cut'
      const status = Number(/\d{3}/.exec(text)?.[0])
      return { status, ...(text.includes('Retry-After') ? { retryAfterS } : {}), ...(text.includes('partial') ? { partial: 1 } : {}) }
    }
    const outcomeOf = async (): Promise<string> => {
      const { collector } = world
      const dropped = saidOf(collector, /Dropping data/)
      const warned = saidOf(collector, /Partial success/i)
      const sent = (await collector.metric('otelcol_exporter_sent_spans')) ?? 0
      assert.equal((await span(collector, newId(), 'one')).status, 200)
      await eventually(() => answerer.seen().length > 0, 'the request', patienceMs)
      await sleep(nothingMoreMs)
      if (saidOf(collector, /Dropping data/) > dropped) return 'dropped'
      const isSent = async (): Promise<boolean> => ((await collector.metric('otelcol_exporter_sent_spans')) ?? 0) > sent
      await eventually(isSent, 'the span to be sent', patienceMs)
      const [first, second] = answerer.seen()
      if (second?.method === 'GET') return 'lost'
      if (second === undefined) return saidOf(collector, /Partial success/i) > warned ? 'delivered, with a warning' : 'delivered'
      return second.at - (first?.at ?? 0) >= retryAfterS * 1_000 - 50 ? 'sent again, after that time' : 'sent again'
    }
    const rows = [...documentation.matchAll(/^\| `?(\d{3}|a cut connection)`?([^|]*)\|[^|]*\| \*\*([^*]+)\*\*/gm)]

    it('has a table of answers', () => assert.ok(rows.length >= 12, `${rows.length} rows`))

    for (const [, answer = '', more = '', outcome = ''] of rows) {
      it(`${answer}${more.trimEnd()}: ${outcome}`, async function () {
        this.timeout(2 * patienceMs)
        answerer.answerNext(answerFrom(`${answer}${more}`))
        assert.equal(await outcomeOf(), outcome)
      })
    }
  })

  describe('of runledger itself', () => {
    let world: World
    before(async function () {
      this.timeout(buildMs)
      world = await startWorld({ settings: { RUNLEDGER_MAX_BODY_BYTES: '65536' }, collector: { COLLECTOR_FLUSH: '50ms' } })
    })
    after(() => world?.end())

    it('says which spans runledger refused, and keeps the others', async function () {
      this.timeout(patienceMs)
      const good = newId()
      await span(world.collector, '0000000000000000', 'refused')
      await eventually(() => saidOf(world.collector, /Partial success.*spanId/i) > 0, 'the warning', patienceMs)
      await span(world.collector, good, 'kept')
      await eventually(async () => (await world.db('obs_steps').where({ span_id: good })).length === 1, 'the good span', patienceMs)
      assert.equal((await world.db('obs_quarantine').count({ n: '*' }).first())?.n, '1')
    })

    it('drops what is too large for runledger, and what comes behind it arrives', async function () {
      this.timeout(2 * patienceMs)
      const [large, good] = [newId(), newId()]
      // What does not shrink by compression.
      await span(world.collector, large, randomBytes(100_000).toString('base64'))
      await eventually(() => saidOf(world.collector, /Dropping data.*413|413.*Dropping data/) > 0, 'the log', patienceMs)
      await span(world.collector, good, 'kept')
      await eventually(async () => (await world.db('obs_steps').where({ span_id: good })).length === 1, 'the good span', patienceMs)
      assert.deepEqual(await world.db('obs_steps').where({ span_id: large }), [])
    })

    it('has every metric that docs/collector.md tells to watch', async () => {
      const named = new Set([...documentation.matchAll(/`(otelcol_\w+)`/g)].map(match => match[1] ?? ''))
      // It is there from the first time on that a queue was full: load.spec.ts sees it.
      named.delete('otelcol_exporter_enqueue_failed_spans')
      const text = await world.collector.metricsText()
      assert.ok(named.size >= 5)
      assert.deepEqual(
        [...named].filter(name => !text.includes(`${name}{`)),
        [],
      )
    })
  })
})
