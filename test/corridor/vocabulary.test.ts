import { strict as assert } from 'node:assert'
import { type Attributes, context, SpanStatusCode, trace } from '@opentelemetry/api'
import { type AnyValueMap, SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { EventPayload } from '../../src/model/event.ts'
import { runIdFromName, uuidFromHex } from '../../src/model/uuid.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'

type Told = {
  readonly name?: string
  readonly attributes: Attributes
  readonly from?: number
  readonly to?: number
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[]
  readonly error?: string
}

const start = Date.UTC(2026, 0, 2)
const step = (type: string, content: unknown, more: Attributes = {}): Attributes => ({
  'agent.step.type': type,
  'agent.step.content': JSON.stringify(content),
  ...more,
})
const thought = (text: string, more: Attributes = {}): Attributes => step('thought', { text }, more)

describe('our own vocabulary, from a plain SDK to the rows', () => {
  const server = testServer({ settings: { graceMs: 300, idleTimeoutMs: 1_500 } })

  /** One trace: a run span with these attributes and these spans below it. Returns the trace's id and its rows. */
  const report = async (run: Attributes | undefined, spans: readonly Told[], resource: Attributes = {}) => {
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'vocabulary', ...resource }),
      spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${server.otlp}/v1/traces` }))],
    })
    const tracer = provider.getTracer('test')
    const root = tracer.startSpan('run', { startTime: start, root: true, ...(run === undefined ? {} : { attributes: run }) })
    const below = trace.setSpan(context.active(), root)
    for (const [i, { name = 'step', attributes, from = 10 * (i + 1), to = from + 5, events = [], error }] of spans.entries()) {
      const span = tracer.startSpan(name, { startTime: start + from, attributes }, below)
      for (const event of events) span.addEvent(event.name, event.attributes, start + from)
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error })
      span.end(start + to)
    }
    root.end(start + 10_000)
    await provider.shutdown()
    await drained(server.db)
    return root.spanContext().traceId
  }
  const rowsOf = async (runId: string) => ({
    run: await server.db('obs_runs').where('id', runId).first(),
    steps: await server.db('obs_steps').where('run_id', runId).orderBy('sequence'),
    artifacts: await server.db('obs_artifacts').where('run_id', runId).orderBy('path'),
  })
  const reported = async (run: Attributes | undefined, spans: readonly Told[], resource?: Attributes) =>
    rowsOf(uuidFromHex(await report(run, spans, resource)))

  it('makes every type of step, by its content', async () => {
    const { run, steps } = await reported(
      { 'agent.id': 'tester', 'agent.run.task_input': JSON.stringify({ goal: 'all' }), 'session.id': 's-1' },
      [
        { attributes: thought('first', { 'agent.step.content': JSON.stringify({ text: 'first', reasoning: 'why' }) }) },
        {
          attributes: step(
            'tool_call',
            { tool_name: 'read', arguments: { path: 'a' } },
            { 'agent.step.result': JSON.stringify({ output: { lines: 3 } }), 'agent.step.call_id': 'k1' },
          ),
        },
        { attributes: step('tool_call', { tool_name: 'write', arguments: 'plain' }), error: 'disk full' },
        { attributes: step('tool_call', { tool_name: 'far', arguments: {} }, { 'agent.step.call_id': 'k2' }) },
        { attributes: step('tool_result', { tool_name: 'far', output: [1, 2], is_error: false }, { 'agent.step.call_id': 'k2' }) },
        { attributes: step('error', { message: 'lost', code: 'E1', traceback: 'at x' }) },
        { attributes: step('plan_update', { items: [{ id: '1', title: 'go', status: 'completed' }], explanation: 'done' }) },
      ],
    )
    assert.deepEqual(
      [run.agent_id, run.status, run.task_input, run.session_id, run.errors],
      ['tester', 'completed', { goal: 'all' }, 's-1', 2],
    )
    assert.deepEqual(
      steps.map(s => [s.type, s.content]),
      [
        ['thought', { text: 'first', reasoning: 'why' }],
        ['tool_call', { tool_name: 'read', arguments: { path: 'a' }, call_id: 'k1' }],
        ['tool_result', { tool_name: 'read', output: { lines: 3 }, is_error: false, call_id: 'k1' }],
        ['tool_call', { tool_name: 'write', arguments: { input: 'plain' } }],
        ['tool_result', { tool_name: 'write', output: 'disk full', is_error: true }],
        ['tool_call', { tool_name: 'far', arguments: {}, call_id: 'k2' }],
        ['tool_result', { tool_name: 'far', output: [1, 2], is_error: false, call_id: 'k2' }],
        ['error', { message: 'lost', code: 'E1', traceback: 'at x' }],
        ['plan_update', { items: [{ id: '1', title: 'go', status: 'completed' }], explanation: 'done' }],
      ],
    )
  })

  it('hangs artifacts on the result of their tool, their step, the step before, or the first', async () => {
    const artifact = (path: string) => [
      {
        name: 'agent.artifact',
        attributes: { 'agent.artifact.role': 'output', 'agent.artifact.path': path, 'agent.artifact.content': 'abc' },
      },
    ]
    const { steps, artifacts } = await reported({}, [
      { attributes: {}, from: 1, to: 2, events: artifact('1-before-all') },
      {
        attributes: step('tool_call', { tool_name: 't', arguments: {} }, { 'agent.step.result': '{"output":1}' }),
        events: artifact('2-tool'),
      },
      {
        attributes: thought('x'),
        events: [...artifact('3-thought'), { name: 'agent.artifact', attributes: { 'agent.artifact.role': 'output' } }],
      },
      { attributes: {}, events: artifact('4-between') },
    ])
    const typeOf = new Map(steps.map(s => [s.id, s.type]))
    assert.deepEqual(
      artifacts.map(a => [a.path, typeOf.get(a.step_id), Number(a.size_bytes), a.sha256?.slice(0, 8)]),
      [
        ['1-before-all', 'tool_call', 3, 'ba7816bf'],
        ['2-tool', 'tool_result', 3, 'ba7816bf'],
        ['3-thought', 'thought', 3, 'ba7816bf'],
        ['4-between', 'thought', 3, 'ba7816bf'],
      ],
    )
  })

  for (const status of ['pending', 'running', 'completed', 'failed', 'cancelled'] as const)
    it(`believes the status ${status} when it is said`, async () => {
      assert.equal((await reported({ 'agent.run.status': status }, [{ attributes: thought('x') }])).run.status, status)
    })

  it('joins traces that name one run, by a UUID as it is and by another string', async () => {
    for (const name of ['0B5E7A52-0c1c-4b8e-9a55-6f3f0c7b7a11', 'night shift 7']) {
      await report({ 'agent.run.id': name }, [{ attributes: thought('one') }])
      const second = await report(undefined, [{ attributes: thought('two'), from: 500 }], { 'agent.run.id': name })
      const { run, steps } = await rowsOf(runIdFromName(name))
      assert.deepEqual([run.steps, steps.map(s => s.content.text)], [2, ['one', 'two']])
      const answer = await fetch(`${server.api}/api/runs/${uuidFromHex(second)}`, { redirect: 'manual' })
      assert.deepEqual([answer.status, answer.headers.get('location')], [307, `/api/runs/${runIdFromName(name)}`])
    }
  })

  it('merges metadata, the span before the resource', async () => {
    const { run } = await reported({ 'agent.run.metadata': '{"a":1,"b":"span"}' }, [{ attributes: thought('x') }], {
      'agent.run.metadata': '{"b":"resource","c":true}',
    })
    assert.deepEqual({ a: run.metadata.a, b: run.metadata.b, c: run.metadata.c }, { a: 1, b: 'span', c: true })
  })

  const numbered = (...numbers: readonly (number | string | undefined)[]): readonly Told[] =>
    numbers.map(n => ({ attributes: thought(String(n), n === undefined ? {} : { 'agent.step.sequence': n }) }))

  const numberings: Readonly<
    Record<string, readonly [readonly (number | string | undefined)[], readonly number[], readonly string[], number]>
  > = {
    'all numbered: the numbers are the sequence, against the clock': [[2, 0, 1], [0, 1, 2], ['0', '1', '2'], 0],
    'a hole: kept, and counted as a gap': [[0, 1, 3], [0, 1, 3], ['0', '1', '3'], 1],
    'a number twice: counted anew': [[0, 1, 1], [0, 1, 2], ['0', '1', '1'], 0],
    'some without: counted anew, the order of the numbers kept': [[1, undefined, 0], [0, 1, 2], ['undefined', '0', '1'], 0],
    'negative: ignored': [[-1, 0], [0, 1], ['-1', '0'], 0],
    'above 2^31 - 1: ignored': [[2 ** 31, 0], [0, 1], ['2147483648', '0'], 0],
    'as strings: ignored': [['1', '0'], [0, 1], ['1', '0'], 0],
  }
  for (const [name, [numbers, sequences, texts, gaps]] of Object.entries(numberings))
    it(`numbers steps; ${name}`, async () => {
      const { run, steps } = await reported({}, numbered(...numbers))
      assert.deepEqual([steps.map(s => s.sequence), run.gaps], [sequences, gaps])
      assert.deepEqual([...steps.map(s => s.content.text)].sort(), [...texts].sort())
      for (const s of steps) {
        const sent = numbers.find(n => String(n) === s.content.text)
        const isNumber = typeof sent === 'number' && sent >= 0 && sent < 2 ** 31
        assert.equal(s.emitted_sequence, isNumber ? sent : null)
        if (sent !== undefined && !isNumber)
          assert.deepEqual([s.attributes['agent.step.sequence'], s.attributes['runledger.ignored']], [sent, ['agent.step.sequence']])
      }
    })

  it('makes the step of what is there where a content has another shape, and keeps what it was', async () => {
    const { steps } = await reported({}, [
      { attributes: { 'agent.step.type': 'thought', 'agent.step.content': 'no object' } },
      { attributes: step('plan_update', { things: [] }) },
      { attributes: { ...thought('ok'), 'agent.step.type': 'guess' } },
    ])
    assert.deepEqual(steps[0] && [steps[0].type, steps[0].content, steps[0].attributes['agent.step.content']], [
      'thought',
      { text: '' },
      'no object',
    ])
    assert.ok(steps.every(s => s.type !== 'guess'))
  })

  it('shows runs and steps that have only started, until they end', async () => {
    const traceId = 'abcdef0123456789abcdef0123456789'
    const provider = new LoggerProvider({
      processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${server.otlp}/v1/logs` }) })],
    })
    const logger = provider.getLogger('test')
    const say = (name: string, spanId: string, at: number, attributes: AnyValueMap) =>
      logger.emit({
        eventName: name,
        severityNumber: SeverityNumber.INFO,
        timestamp: Date.now() + at,
        attributes: { 'event.name': name, ...attributes },
        context: trace.setSpanContext(context.active(), { traceId, spanId, traceFlags: 1 }),
      })
    say('agent.run.start', '00000000000000aa', 0, { 'agent.run.status': 'pending', 'agent.id': 'starter' })
    await provider.forceFlush()
    await drained(server.db)
    assert.deepEqual(await rowsOf(uuidFromHex(traceId)).then(r => [r.run.status, r.run.agent_id]), ['pending', 'starter'])
    say('agent.step.start', '00000000000000bb', 5, {
      ...step('tool_call', { tool_name: 'slow', arguments: { n: 1 } }),
      'agent.step.parent_span_id': '00000000000000aa',
    } as AnyValueMap)
    await provider.shutdown()
    await drained(server.db)
    const { run, steps } = await rowsOf(uuidFromHex(traceId))
    assert.deepEqual(
      [run.status, steps.map(s => [s.type, s.content])],
      ['running', [['tool_call', { tool_name: 'slow', arguments: { n: 1 } }]]],
    )
  })

  it('tells every step of a run in its stream as it stands in its row', async () => {
    const id = uuidFromHex(
      await report({}, [
        { attributes: thought('a') },
        { attributes: step('tool_call', { tool_name: 't', arguments: {} }, { 'agent.step.result': '{"output":null}' }) },
        { attributes: step('error', { message: 'm' }) },
        { attributes: step('plan_update', { items: [] }) },
      ]),
    )
    const { steps } = await rowsOf(id)
    const stop = new AbortController()
    const response = await fetch(`${server.api}/api/runs/${id}/events`, {
      headers: { accept: 'application/x-ndjson' },
      signal: stop.signal,
    })
    const events: unknown[] = []
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes('run.updated')) break
    }
    stop.abort()
    for (const line of text.split('\n').filter(Boolean)) {
      const { event, data } = JSON.parse(line)
      if (event === 'step.added') events.push(EventPayload.parse(data))
    }
    assert.deepEqual(
      events,
      steps.map(s => ({
        run_id: id,
        step_id: s.id,
        sequence: s.sequence,
        type: s.type,
        timestamp: s.timestamp.toISOString(),
        data: s.content,
      })),
    )
  })
})
