import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Tracer } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { StartLogger } from '../../src/sdk/index.ts'

/** As much of a line of the OpenTelemetry SDK as the tests use. */
export type Line = {
  readonly name: string
  readonly provider: (processors: readonly SpanProcessor[]) => Provider
  readonly batch: (exporter: SpanExporter) => SpanProcessor
  readonly simple: (exporter: SpanExporter) => SpanProcessor
  readonly memory: () => InMemorySpanExporter
  readonly otlp: (url: string) => SpanExporter
  readonly logs: (url: string) => {
    readonly getLogger: (name: string) => StartLogger
    readonly forceFlush: () => Promise<void>
    readonly shutdown: () => Promise<void>
  }
}

export type Provider = {
  readonly getTracer: (name: string) => Tracer
  readonly forceFlush: () => Promise<void>
  readonly shutdown: () => Promise<void>
}

const resource = resourceFromAttributes({ 'service.name': 'sdk-test' })

export const line2: Line = {
  name: '2.x',
  provider: spanProcessors => new BasicTracerProvider({ resource, spanProcessors: [...spanProcessors] }),
  batch: exporter => new BatchSpanProcessor(exporter),
  simple: exporter => new SimpleSpanProcessor(exporter),
  memory: () => new InMemorySpanExporter(),
  otlp: url => new OTLPTraceExporter({ url }),
  logs: url =>
    new LoggerProvider({
      resource,
      processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url }), scheduledDelayMillis: 50 })],
    }),
}

const folder = new URL('../sdk3/', import.meta.url)
const installMs = 120_000

/** The 3.x line has a lockfile of its own, for it wants another API package; installed when it is asked for first. Throws where it can't be. */
export const line3 = (): Line => {
  if (!existsSync(new URL('node_modules/@opentelemetry/sdk-trace', folder)))
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'pipe', timeout: installMs })
  const load = createRequire(new URL('package.json', folder))
  const {
    TracerProvider,
    BatchSpanProcessor: Batch,
    SimpleSpanProcessor: Simple,
    InMemorySpanExporter: Memory,
  } = load('@opentelemetry/sdk-trace')
  const { LoggerProvider: Loggers, BatchLogRecordProcessor: BatchLogs } = load('@opentelemetry/sdk-logs')
  const { OTLPTraceExporter: Traces } = load('@opentelemetry/exporter-trace-otlp-http')
  const { OTLPLogExporter: Logs } = load('@opentelemetry/exporter-logs-otlp-http')
  return {
    name: '3.x',
    provider: spanProcessors => new TracerProvider({ resource, spanProcessors }),
    batch: exporter => new Batch({ exporter }),
    simple: exporter => new Simple({ exporter }),
    memory: () => new Memory(),
    otlp: url => new Traces({ url }),
    logs: url => new Loggers({ resource, processors: [new BatchLogs({ exporter: new Logs({ url }), scheduledDelayMillis: 50 })] }),
  }
}

/** Declares `tests` once for each line. A line that can't be installed is skipped, and says so. */
export const forEachLine = (tests: (line: () => Line) => void): void => {
  for (const [name, create] of [['2.x', () => line2] as const, ['3.x', line3] as const])
    describe(`with the ${name} line of OpenTelemetry JS`, () => {
      let line: Line | undefined
      before(function () {
        this.timeout(installMs)
        line = orSkip(this, create)
      })
      tests(() => {
        if (line === undefined) throw new Error('Expected the line to be asked for within a test')
        return line
      })
    })
}

/** A line, or the test skipped, loudly, where it can't be installed. */
export const orSkip = (test: Mocha.Context, create: () => Line): Line => {
  try {
    return create()
  } catch (error) {
    console.warn(`SKIPPED: a line of OpenTelemetry JS can't be installed in test/sdk3: ${error}`)
    return test.skip()
  }
}
