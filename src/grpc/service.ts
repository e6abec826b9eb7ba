import type { handleUnaryCall, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js'
import { type Door, exchange, reportFailure } from '../receive/accept.ts'
import { reserve } from '../receive/budget.ts'
import { statusOf } from './status.ts'

const asIs = (message: Buffer): Buffer => message

/** `Export` of each OTLP service (opentelemetry-proto, `collector/*\/v1/*_service.proto`). Messages stay bytes: the check reads them on the wire, the journal keeps them. */
const definitionOf = (service: string): ServiceDefinition => ({
  export: {
    path: `/opentelemetry.proto.collector.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
})

const services = { traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' } as const

export type Service = { readonly definition: ServiceDefinition; readonly implementation: UntypedServiceImplementation }

/** The three OTLP services, behind the same check, append and answer rules as OTLP/HTTP. */
export const createServices = (door: Door): readonly Service[] =>
  (['traces', 'logs', 'metrics'] as const).map(signal => ({
    definition: definitionOf(services[signal]),
    implementation: { export: exporting(door, signal) },
  }))

// grpc-js has decompressed the message, within the limit of a body.
const exporting =
  (door: Door, signal: keyof typeof services): handleUnaryCall<Buffer, Buffer> =>
  async (call, callback) => {
    const held = door.budget.lease()
    try {
      const { request: body } = call
      const receive = async () => {
        reserve(held, body.length)
        return { contentType: 'protobuf', contentEncoding: 'identity', payload: body, body } as const
      }
      callback(null, await exchange(door, { transport: 'grpc', signal }, receive))
    } catch (error) {
      reportFailure(door, call.getPath(), error)
      callback(statusOf(error))
    } finally {
      held.end()
    }
  }
