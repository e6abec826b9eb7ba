import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type { Knex } from 'knex'
import type { Server } from '../../src/server.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { drained } from '../support/drained.ts'
import { startServer } from '../support/server.ts'

type Span = Record<string, unknown> & { readonly traceId: string; readonly spanId: string }

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const int = (key: string, n: number) => ({ key, value: { intValue: String(n) } })
const nanos = (ms: number): string => String(BigInt(Date.UTC(2026, 0, 3) + ms) * 1_000_000n)

const span = (traceId: string, n: number, parentSpanId: string | undefined, attributes: readonly object[], more: object = {}): Span => ({
  traceId,
  spanId: (n + 1).toString(16).padStart(16, '0'),
  ...(parentSpanId === undefined ? {} : { parentSpanId }),
  name: `span ${n}`,
  startTimeUnixNano: nanos(n * 10),
  endTimeUnixNano: nanos(n * 10 + 7),
  attributes,
  ...more,
})

/** A run in one trace: an agent, told and GenAI steps, tools by id and by history, an error, sometimes a run id of its own. */
const traceOf = (traceId: string, turns: number, runId: string | undefined): readonly Span[] => {
  const named = runId === undefined ? [] : [string('agent.run.id', runId)]
  const root = '0000000000000001'
  const spans = [
    span(traceId, 0, undefined, [string('gen_ai.operation.name', 'invoke_agent'), string('gen_ai.agent.name', 'replica'), ...named], {
      endTimeUnixNano: nanos(100_000),
    }),
  ]
  for (let i = 0; i < turns; i++) {
    const call = { type: 'tool_call', id: `call_${i % 2}`, name: 'look', arguments: { i } }
    spans.push(
      span(traceId, spans.length, root, [
        string('gen_ai.operation.name', 'chat'),
        string('gen_ai.output.messages', JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: `turn ${i}` }, call] }])),
        int('gen_ai.usage.input_tokens', 10 + i),
      ]),
    )
    const tool = [
      string('gen_ai.operation.name', 'execute_tool'),
      string('gen_ai.tool.name', 'look'),
      string('gen_ai.tool.call.id', `call_${i % 2}`),
      string('gen_ai.tool.call.result', `{"i":${i}}`),
    ]
    if (i % 3 !== 2) spans.push(span(traceId, spans.length, root, tool, i % 4 === 3 ? { status: { code: 2, message: 'no' } } : {}))
    spans.push(
      span(traceId, spans.length, root, [string('agent.step.type', 'thought'), string('agent.step.content', `{"text":"told ${i}"}`)]),
    )
  }
  return spans
}

const post = async (server: Server, spans: readonly Span[]): Promise<void> => {
  const body = JSON.stringify({
    resourceSpans: [{ resource: { attributes: [string('service.name', 'replicas')] }, scopeSpans: [{ spans }] }],
  })
  const answer = await fetch(`${server.otlp}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  assert.equal(answer.status, 200)
  await answer.arrayBuffer()
}

/** Everything that follows from the set of spans alone, in the order of natural keys. */
const canonicalDump = async (db: Knex): Promise<unknown> => ({
  runs: await db('obs_runs')
    .orderBy('id')
    .select(
      'id',
      'agent_id',
      'task_input',
      'status',
      'created_at',
      'ended_at',
      'metadata',
      'session_id',
      'cluster_id',
      'steps',
      'errors',
      'artifacts',
      'gaps',
      'input_tokens',
      'output_tokens',
      'cost',
    ),
  steps: await db('obs_steps')
    .orderBy(['run_id', 'id'])
    .select(
      'id',
      'run_id',
      'sequence',
      'type',
      'content',
      'timestamp_unix_nano',
      'latency_ms',
      'emitted_sequence',
      'trace_id',
      'span_id',
      'parent_step_id',
      'agent',
      'attributes',
    ),
  artifacts: await db('obs_artifacts').orderBy(['run_id', 'id']).select('id', 'run_id', 'step_id', 'role', 'path'),
  aliases: await db('obs_run_aliases').orderBy('alias').select('alias', 'run_id'),
})

describe('two servers on one database', () => {
  let database: TestDatabase & { readonly drop: () => Promise<void> }
  let servers: readonly Server[]
  before(async function () {
    this.timeout(60_000)
    database = await createTestDatabase()
    servers = await Promise.all([startServer(database.url, { graceMs: 200 }), startServer(database.url, { graceMs: 200 })])
  })
  after(async () => {
    await Promise.all(servers.map(server => server.stop()))
    await database.drop()
  })
  const server = (n: number): Server => servers[n % servers.length] as Server

  it('make the same rows of a set of spans, however it is shuffled, repeated, cut and shared out', async function () {
    this.timeout(300_000)
    const spansOf = (seed: string): readonly Span[] => {
      const trace = (n: number): string => `${seed}${n}`.padStart(32, 'a')
      return [
        ...traceOf(trace(1), 4, undefined),
        ...traceOf(trace(2), 3, 'shared'),
        ...traceOf(trace(3), 3, 'shared'),
        ...traceOf(trace(4), 2, undefined),
      ]
    }
    let round = 0
    const dumpOf = async (requests: readonly (readonly Span[])[], parallel: boolean): Promise<unknown> => {
      const fresh = await createTestDatabase()
      const two = await Promise.all([startServer(fresh.url, { graceMs: 200 }), startServer(fresh.url, { graceMs: 200 })])
      try {
        if (parallel) await Promise.all(requests.map((spans, n) => post(two[n % 2] as Server, spans)))
        else for (const spans of requests) await post(two[0] as Server, spans)
        await drained(fresh.db)
        return await canonicalDump(fresh.db)
      } finally {
        await Promise.all(two.map(one => one.stop()))
        await fresh.drop()
      }
    }
    const spans = spansOf('0')
    const reference = await dumpOf([spans], false)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(spans.length - 1), fc.nat(5)), { minLength: 5, maxLength: 60 }),
        fc.nat(),
        async (doubles, seed) => {
          round += 1
          const requests: Span[][] = Array.from({ length: 6 }, () => [])
          for (const [i, one] of spans.entries()) requests[(i * 7 + seed) % 6]?.push(one)
          for (const [i, request] of doubles) {
            const one = spans[i]
            if (one !== undefined) requests[request]?.unshift(one)
          }
          const dump = await dumpOf(
            requests.filter(r => r.length > 0),
            seed % 4 !== 0,
          )
          assert.deepEqual(dump, reference)
        },
      ),
      { numRuns: 8, endOnFailure: true },
    )
    assert.ok(round > 0)
  })

  it('take requests that mix the same twenty runs at once, and leave nothing out', async function () {
    this.timeout(60_000)
    const traces = Array.from({ length: 20 }, () => traceOf(randomBytes(16).toString('hex'), 6, undefined))
    const half = (parity: number): readonly Span[] => traces.flatMap(trace => trace.filter((_, i) => i % 2 === parity))
    await Promise.all([post(server(0), half(0)), post(server(1), half(1))])
    await drained(database.db)
    const runs = await database.db('obs_runs').whereIn(
      'id',
      traces.map(t => t[0]?.traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') ?? ''),
    )
    assert.deepEqual([runs.length, new Set(runs.map(r => `${r.status} ${r.steps}`)).size], [20, 1])
  })

  it('let a run of 50,000 spans keep no other waiting', async function () {
    this.timeout(240_000)
    const visible = async (): Promise<number> => {
      const trace = traceOf(randomBytes(16).toString('hex'), 3, undefined)
      const started = performance.now()
      await post(server(0), trace)
      for (;;) {
        const row = await database
          .db('obs_runs')
          .whereRaw("replace(id::text, '-', '') = ?", [trace[0]?.traceId ?? ''])
          .first()
        if (row !== undefined) return performance.now() - started
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    }
    const medianOf = async (times: number): Promise<number> => {
      const all: number[] = []
      for (let i = 0; i < times; i++) all.push(await visible())
      return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0
    }
    await visible()
    const alone = await medianOf(9)
    const large = traceOf(randomBytes(16).toString('hex'), 18_750, undefined)
    for (let at = 0; at < large.length; at += 5_000) await post(server(1), large.slice(at, at + 5_000))
    // Its facts are sorted; now it is projected.
    while (Number((await database.db('obs_inbox').count('id as n').first())?.['n']) > 0)
      await new Promise(resolve => setTimeout(resolve, 20))
    const beside = await medianOf(9)
    console.log(`      visible after ${alone.toFixed(0)} ms alone, ${beside.toFixed(0)} ms beside ${large.length} spans`)
    assert.ok(beside <= alone * 5 + 600, `${beside.toFixed(0)} ms beside a large run, ${alone.toFixed(0)} ms alone`)
    await drained(database.db)
  })
})
