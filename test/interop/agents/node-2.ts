import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { runAgent } from './agent.ts'

// The 2.x line: spans in protobuf, and a log event when a step starts, in JSON.
const resource = resourceFromAttributes({ 'service.name': 'weather-node-2' })
const traces = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] })
const logs = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })] })
const logger = logs.getLogger('weather-agent')

const account = runAgent({
  tracer: traces.getTracer('weather-agent'),
  api: { trace, root: ROOT_CONTEXT, error: SpanStatusCode.ERROR },
  name: 'weather-node-2',
  started: (span, parent, name, attributes) =>
    logger.emit({
      eventName: 'agent.step.start',
      timestamp: Date.now(),
      context: trace.setSpan(ROOT_CONTEXT, span),
      attributes: { ...attributes, 'agent.step.parent_span_id': parent, 'agent.step.name': name },
    }),
})
await Promise.all([traces.shutdown(), logs.shutdown()])
console.log(JSON.stringify(account))
