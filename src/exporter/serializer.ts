import { createRequire } from 'node:module'

const PEER = '@opentelemetry/otlp-transformer'

/** Encodes spans of the OpenTelemetry SDK as an OTLP request in protobuf. */
export type SpanSerializer = { readonly serializeRequest: (spans: readonly unknown[]) => Uint8Array | undefined }

/** The encoder of the official exporters, which the application brings. Throws where it does not. */
export const loadSerializer = (): SpanSerializer => {
  const load = createRequire(import.meta.url)
  try {
    return load(PEER).ProtobufTraceSerializer
  } catch (cause) {
    throw new Error(`runledger/exporter needs the package ${PEER}, which is not installed. Run: npm install ${PEER}`, { cause })
  }
}
