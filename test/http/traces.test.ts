import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { Trace } from '../../src/model/api/trace.ts'
import { runIdFromName } from '../../src/model/uuid.ts'
import { createTraceBackend } from '../../src/trace-backend.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'

const trace = '0000000000000000a1b2c3d4e5f60718'
const traces = { runs: { trace, agent: 'one' }, named: { trace: 'fedcba98fedcba98fedcba98fedcba98', run: 'nightly' } }

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })

const span = (traceId: string, spanId: string, parentSpanId: string, attributes: readonly object[]) => ({
  traceId,
  spanId,
  parentSpanId,
  name: spanId,
  startTimeUnixNano: `176400000${spanId.slice(-1)}000000000`,
  endTimeUnixNano: `176400000${spanId.slice(-1)}500000000`,
  attributes,
})

const thought = (words: string) => [text('agent.step.type', 'thought'), text('agent.step.content', JSON.stringify({ text: words }))]

const spans = [
  span(trace, '00000000000000a0', '', [text('agent.name', 'one')]),
  span(trace, '00000000000000a1', '00000000000000a0', thought('first')),
  span(trace, '00000000000000a2', '00000000000000a0', thought('second')),
  span(trace, '00000000000000a3', '00000000000000a0', [
    text('agent.step.type', 'tool_call'),
    text('agent.step.call_id', 'c/1'),
    text('agent.step.content', '{"tool_name":"look","arguments":{}}'),
    text('agent.step.result', '{"output":"nothing"}'),
  ]),
  span(traces.named.trace, '00000000000000b0', '', [text('agent.name', 'two'), text('agent.run.id', traces.named.run)]),
  span(traces.named.trace, '00000000000000b1', '00000000000000b0', thought('only')),
]

describe('traces', () => {
  const server = testServer({ settings: { traceUrlTemplate: 'https://tempo.example/t/{traceId}/{spanId}' } })
  const run = '00000000-0000-0000-a1b2-c3d4e5f60718'
  const asked = async (path: string): Promise<Trace> => Trace.parse(await (await fetch(`${server.api}/api/traces/${path}`)).json())
  const followed = async (path: string, accept = 'text/html') => {
    const response = await fetch(`${server.api}/t/${path}`, { redirect: 'manual', headers: { accept } })
    return [response.status, response.headers.get('location')]
  }
  before(async () => {
    const response = await fetch(`${server.otlp}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    })
    assert.deepEqual([response.status, await response.text()], [200, '{}'])
    await drained(server.db)
  })

  it('tells the runs and steps of a trace, whose id may be written short or in capitals', async () => {
    for (const id of [trace, 'a1b2c3d4e5f60718', 'A1B2C3D4E5F60718']) {
      const answer = await asked(id)
      assert.deepEqual(
        [
          answer.trace_id,
          answer.runs.map(r => [r.id, r.agent_id, r.steps]),
          answer.steps.map(s => [s.run_id, s.sequence, s.type, s.span_id]),
        ],
        [
          trace,
          [[run, 'one', 4]],
          [
            [run, 0, 'thought', '00000000000000a1'],
            [run, 1, 'thought', '00000000000000a2'],
            [run, 2, 'tool_call', '00000000000000a3'],
            [run, 3, 'tool_result', '00000000000000a3'],
          ],
        ],
      )
      assert.deepEqual([answer.truncated, answer.jaeger], [false, 'off'])
    }
  })

  it('tells the step of one span, and where the tracing backend shows it', async () => {
    const answer = await asked(`${trace}?span=A2`)
    assert.deepEqual(
      answer.steps.map(s => s.sequence),
      [1],
    )
    assert.equal(answer.link, `https://tempo.example/t/${trace}/00000000000000a2`)
    assert.equal(answer.link_template, `https://tempo.example/t/${trace}/{spanId}`)
  })

  it('tells the step with a number, and the steps of a call', async () => {
    const sequences = async (query: string) => (await asked(`${trace}?${query}`)).steps.map(s => s.sequence)
    assert.deepEqual([await sequences('sequence=1'), await sequences('call=c%2F1'), await sequences('call=c2')], [[1], [2, 3], []])
    for (const query of ['sequence=-1', 'sequence=2147483648', 'sequence=1&sequence=2', 'other=1'])
      assert.equal((await fetch(`${server.api}/api/traces/${trace}?${query}`)).status, 400, query)
  })

  it('finds a run that has a name of its own', async () => {
    assert.deepEqual(
      (await asked(traces.named.trace)).runs.map(r => r.id),
      [runIdFromName(traces.named.run)],
    )
    assert.deepEqual(await followed(`${traces.named.trace}/b1`), [302, `/runs/${runIdFromName(traces.named.run)}?step=0`])
  })

  it('answers with no runs for a trace that nobody knows', async () => {
    assert.deepEqual((await asked('1')).runs, [])
  })

  it('refuses what is no id', async () => {
    for (const path of [
      'api/traces/xyz',
      `api/traces/${'a'.repeat(33)}`,
      'api/traces/0',
      `api/traces/${trace}?span=${'a'.repeat(17)}`,
      't/xyz',
      `t/${trace}/0`,
    ])
      assert.equal((await fetch(`${server.api}/${path}`, { redirect: 'manual' })).status, 404, path)
  })

  it('leads on from /t to the run, and to the step of a span', async () => {
    assert.deepEqual(await followed('a1b2c3d4e5f60718'), [302, `/runs/${run}`])
    assert.deepEqual(await followed(`${trace}/00000000000000a2`), [302, `/runs/${run}?step=1`])
    assert.deepEqual(await followed(`${trace}?sequence=1`), [302, `/runs/${run}?step=1`])
    assert.deepEqual(await followed(`${trace}?call=c%2F1`), [302, `/runs/${run}?step=2`])
    assert.deepEqual(await followed(`${trace}?sequence=1&from=elsewhere`), [302, `/runs/${run}?step=1`])
    // What is no step: its run at least.
    assert.deepEqual(await followed(`${trace}?call=c2`), [302, `/runs/${run}`])
    assert.deepEqual(await followed(`${trace}/00000000000000a0`), [302, `/runs/${run}`])
  })

  it('answers 404 where a trace is in no run', async () => {
    assert.deepEqual(await followed('1', 'application/json'), [404, null])
  })
})

describe('createTraceBackend', () => {
  let jaeger: Server | undefined
  let answer: { status: number; type: string; body: string; hangs?: boolean } = { status: 200, type: 'text/html', body: '' }
  let asked = 0
  const url = (): string => {
    const address = jaeger?.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }
  before(done => {
    jaeger = createServer((_request, response) => {
      asked += 1
      if (answer.hangs) return
      response.writeHead(answer.status, { 'content-type': answer.type })
      response.end(answer.body)
    }).listen(0, '127.0.0.1', done)
  })
  after(done => {
    jaeger?.close(done)
    jaeger?.closeAllConnections()
  })
  const state = (timeoutMs = 5_000) => createTraceBackend({ jaegerUrl: `${url()}/`, timeoutMs }).state(trace)

  it('tells found, gone and unreachable apart by what Jaeger answers', async () => {
    const cases = [
      [200, 'application/json', `{"data":[{"traceID":"a1","spans":[${'{},'.repeat(100_000)}{}]}]}`, 'found'],
      [404, 'text/plain; charset=utf-8', '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}', 'gone'],
      [200, 'application/json', '{"data":[],"total":0}', 'gone'],
      [200, 'text/html; charset=utf-8', '<!doctype html>', 'unreachable'],
      [404, 'text/plain', 'no such page', 'unreachable'],
      [404, 'application/json', '{"message":"no route"}', 'unreachable'],
      [302, 'application/json', '', 'unreachable'],
      [500, 'application/json', '{"errors":[{"code":500}]}', 'unreachable'],
    ] as const
    for (const [status, type, body, expected] of cases) {
      answer = { status, type, body }
      assert.equal(await state(), expected, `${status} ${type}`)
    }
  })

  it('waits for an answer only so long', async () => {
    answer = { status: 200, type: 'application/json', body: '', hangs: true }
    assert.equal(await state(50), 'unreachable')
  })

  it('asks once for those who ask at the same time', async () => {
    answer = { status: 404, type: 'text/plain', body: '{"errors":[{"code":404}]}' }
    const backend = createTraceBackend({ jaegerUrl: url() })
    const before = asked
    assert.deepEqual(await Promise.all([backend.state(trace), backend.state(trace), backend.state(trace)]), ['gone', 'gone', 'gone'])
    assert.equal(asked - before, 1)
  })

  it('is unreachable where nobody listens, and off where nobody said where', async () => {
    assert.equal(await createTraceBackend({ jaegerUrl: 'http://127.0.0.1:1' }).state(trace), 'unreachable')
    assert.equal(await createTraceBackend({}).state(trace), 'off')
  })

  it('links to Jaeger with the span that is to be found, without one to the trace', () => {
    const backend = createTraceBackend({ jaegerUrl: 'http://jaeger.example/base/' })
    assert.equal(backend.link('aa', 'bb'), 'http://jaeger.example/base/trace/aa?uiFind=bb')
    assert.equal(backend.link('aa'), 'http://jaeger.example/base/trace/aa')
    assert.equal(createTraceBackend({}).link('aa'), undefined)
  })
})
