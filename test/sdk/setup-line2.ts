import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { StepSequencer } from '../../src/sdk/index.ts'
import { line2 } from './lines.ts'

/** What an application with the 2.x line does before its agent starts. */
const otlp = process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const logger = line2.logs(`${otlp}/v1/logs`).getLogger('runledger')
const batch = new BatchSpanProcessor(line2.otlp(`${otlp}/v1/traces`), { scheduledDelayMillis: 50 })
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new StepSequencer({ logger }), batch] }))
