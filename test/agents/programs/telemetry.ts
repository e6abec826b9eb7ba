import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { environment } from './book.ts'

/** Registers a provider that exports in small batches, so that children come in other requests than their parents. */
export const startTelemetry = (): NodeTracerProvider => {
  const exporter = new OTLPTraceExporter({ url: `${environment('OTLP_URL')}/v1/traces` })
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'harbour' }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 25 })],
  })
  provider.register()
  return provider
}
