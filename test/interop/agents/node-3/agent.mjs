import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { runAgent } from '../agent.ts'

// The 3.x line, which cannot be installed beside the 2.x line: spans in JSON.
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'weather-node-3' }),
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
})
const account = runAgent({
  tracer: provider.getTracer('weather-agent'),
  api: { trace, root: ROOT_CONTEXT, error: SpanStatusCode.ERROR },
  name: 'weather-node-3',
})
await provider.shutdown()
console.log(JSON.stringify(account))
