import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { environment } from './book.ts'

// Small batches, so that children come in other requests than their parents.
const batched = (exporter: SpanExporter): SpanProcessor => new BatchSpanProcessor(exporter, { scheduledDelayMillis: 25 })

/** Registers a provider that exports to `OTLP_URL`, in small batches unless a processor of its own is given. */
export const startTelemetry = (createProcessor: (exporter: SpanExporter) => SpanProcessor = batched): NodeTracerProvider => {
  const exporter = new OTLPTraceExporter({ url: `${environment('OTLP_URL')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'harbour' }),
    spanProcessors: [createProcessor(exporter)],
  })
  provider.register()
  return provider
}
