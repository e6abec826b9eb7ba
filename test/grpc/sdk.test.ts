import assert from 'node:assert/strict'
import { SpanStatusCode } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { readSettings } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { createServer, type Server } from '../../src/server.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { drained } from '../support/drained.ts'

describe('an agent that exports over gRPC', () => {
  let database: (TestDatabase & { readonly drop: () => Promise<void> }) | undefined
  let server: Server | undefined

  before(async function () {
    this.timeout(60_000)
    database = await createTestDatabase()
    server = await createServer({
      settings: { ...readSettings({}), port: 0, logLevel: 'silent', databaseUrl: database.url },
      log: createLog('silent'),
      migrates: false,
      grpc: { port: 0, mayBeTaken: false },
    })
  })
  after(async () => {
    await server?.stop()
    await database?.drop()
  })

  it('has its spans and log records in the rows', async () => {
    if (server === undefined || database === undefined) return assert.fail('The server did not start')
    const url = `http://${server.grpc}`
    const logs = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter({ url }) })] })
    const traces = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))] })
    const tracer = traces.getTracer('agent')
    const thought = tracer.startSpan('think', {
      attributes: {
        'agent.run.id': 'over-grpc',
        'agent.step.type': 'thought',
        'agent.step.sequence': 0,
        'agent.step.content': '{"text":"Over gRPC"}',
      },
    })
    thought.end()
    const failed = tracer.startSpan('fail', {
      attributes: {
        'agent.run.id': 'over-grpc',
        'agent.step.type': 'error',
        'agent.step.sequence': 1,
        'agent.step.content': '{"message":"No"}',
      },
    })
    failed.setStatus({ code: SpanStatusCode.ERROR }).end()
    await traces.shutdown()
    logs.getLogger('agent').emit({ eventName: 'agent.run.start', attributes: { 'agent.run.id': 'over-grpc', 'session.id': 's' } })
    await logs.shutdown()
    await drained(database.db)
    const steps = await database.db('obs_steps').orderBy('sequence').select('type')
    assert.deepEqual(
      steps.map(({ type }) => type),
      ['thought', 'error'],
    )
    const journalled = await database.db('obs_journal').where({ signal: 'logs' }).select('items')
    assert.deepEqual(journalled, [{ items: 1 }])
  })
})
