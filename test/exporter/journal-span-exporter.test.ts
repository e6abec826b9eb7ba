import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { startEmbedded } from '../../src/embedded/index.ts'
import { type ExportOutcome, JournalExportError, JournalSpanExporter } from '../../src/exporter/index.ts'
import { startRun, withRun } from '../../src/sdk/index.ts'
import { createDatabase } from '../../src/store/database.ts'
import { testDatabase } from '../support/database.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'

const exported = (exporter: JournalSpanExporter, spans: readonly unknown[]): Promise<ExportOutcome> =>
  new Promise(resolve => exporter.export(spans, resolve))

/** Spans of a run that has thought `thoughts` times. */
const spansOf = (id: string, thoughts: number) => {
  const memory = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] })
  const run = startRun({ agent: 'direct', id, tracer: provider.getTracer('test') })
  for (let i = 0; i < thoughts; i++) run.thought(`thought ${i}`)
  run.end()
  return memory.getFinishedSpans()
}

describe('JournalSpanExporter beside a server', () => {
  const server = testServer()

  it('stores spans that the server projects', async () => {
    const provider = new BasicTracerProvider({
      spanProcessors: [new BatchSpanProcessor(new JournalSpanExporter({ databaseUrl: server.url }))],
    })
    const tracer = provider.getTracer('test')
    const id = await withRun({ agent: 'direct', tracer }, async run => {
      await run.tool('add', { a: 1, b: 2 }, ({ a, b }) => a + b)
      return run.id
    })
    await provider.shutdown()
    await drained(server.db)
    const steps = await server.db('obs_steps').where({ run_id: id }).orderBy('sequence')
    assert.deepEqual(
      steps.map(s => [s.type, s.content.output]),
      [
        ['tool_call', undefined],
        ['tool_result', 3],
      ],
    )
  })

  it('ends every export it has begun, and begins none after its shutdown, which is one', async () => {
    const exporter = new JournalSpanExporter({ databaseUrl: server.url })
    const spans = spansOf('ended', 3)
    let ended = 0
    for (const span of spans) exporter.export([span], ({ code }) => (ended += code === 0 ? 1 : 0))
    await exporter.forceFlush()
    assert.equal(ended, spans.length)
    assert.equal(exporter.shutdown(), exporter.shutdown())
    await exporter.shutdown()
    assert.equal((await exported(exporter, spans)).code, 1)
    await exporter.forceFlush()
  })

  it('reports spans it can not encode as lost for good', async () => {
    const exporter = new JournalSpanExporter({ databaseUrl: server.url })
    const { code, error } = await exported(exporter, [{}])
    await exporter.shutdown()
    assert.deepEqual([code, error instanceof JournalExportError && error.retryable], [1, false])
  })
})

describe('JournalSpanExporter without a server', () => {
  const database = testDatabase()

  it('projects runs itself where it is told to, before its shutdown ends', async () => {
    const exporter = new JournalSpanExporter({ databaseUrl: database.url, project: true })
    assert.deepEqual(await exported(exporter, spansOf('projected', 2)), { code: 0 })
    await exporter.shutdown()
    assert.deepEqual(await database.db('obs_runs').select('agent_id', 'status', 'steps'), [
      { agent_id: 'direct', status: 'completed', steps: 2 },
    ])
  })

  it('says which package is missing, and which setting', () => {
    assert.throws(() => new JournalSpanExporter(), /give it `databaseUrl`, or set DATABASE_URL/)
  })
})

describe('JournalSpanExporter while Postgres restarts', function () {
  this.timeout(120_000)
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-exporter-'))
    if (process.getuid?.() === 0) chmodSync(folder, 0o755)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('reports that the spans may be sent again, and behind a BatchSpanProcessor loses none', async () => {
    let postgres = await startEmbedded(folder)
    const provider = new BasicTracerProvider({
      spanProcessors: [
        new BatchSpanProcessor(new JournalSpanExporter({ databaseUrl: postgres.url, project: true }), {
          scheduledDelayMillis: 20,
          maxExportBatchSize: 20,
        }),
      ],
    })
    const run = startRun({ agent: 'direct', id: 'restarted', tracer: provider.getTracer('test') })
    for (let i = 0; i < 100; i++) run.thought(`before ${i}`)
    await provider.forceFlush()
    await postgres.stop()
    const impatient = new JournalSpanExporter({ databaseUrl: postgres.url, timeoutMs: 200 })
    const { code, error } = await exported(impatient, spansOf('refused', 1))
    assert.deepEqual([code, error instanceof JournalExportError && error.retryable], [1, true])
    for (let i = 0; i < 100; i++) run.thought(`meanwhile ${i}`)
    run.end()
    const flushed = provider.forceFlush()
    postgres = await startEmbedded(folder)
    await flushed
    assert.deepEqual(await exported(impatient, []), { code: 0 })
    await Promise.all([impatient.shutdown(), provider.shutdown()])
    const db = createDatabase({ url: postgres.url, pool: 1, statementTimeoutMs: 10_000, applicationName: 'test' })
    const runs = await db('obs_runs').select('status', 'steps', 'gaps')
    await db.destroy()
    await postgres.stop()
    assert.deepEqual(runs, [{ status: 'completed', steps: 200, gaps: 0 }])
  })
})
