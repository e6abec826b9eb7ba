import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { cursorOver, readTag, readVarint, skip, VARINT } from '../../src/otlp/cursor.ts'
import { childrenOf } from '../../src/otlp/envelope.ts'

export type Encoding = 'identity' | 'gzip' | 'zstd' | 'deflate'
export type Signal = 'traces' | 'logs' | 'metrics'

/** What a sender is told, freed of its transport. `code` is gRPC's; a failure with `retryAfterS` may be sent again. */
export type Answer =
  | { readonly stored: true; readonly rejected: number; readonly message: string }
  | { readonly stored: false; readonly code: number; readonly message: string; readonly retryAfterS?: number }

export type Transport = {
  readonly send: (signal: Signal, body: Uint8Array, encoding?: Encoding) => Promise<Answer>
}

const compress: Readonly<Record<Encoding, (body: Uint8Array) => Uint8Array>> = {
  identity: body => body,
  gzip: body => gzipSync(body),
  zstd: body => zstdCompressSync(body),
  deflate: body => body,
}

/** OTLP/HTTP in protobuf against the server at `url`. */
export const overHttp = (url: () => string): Transport => ({
  send: async (signal, body, encoding = 'identity') => {
    const response = await fetch(`${url()}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }) },
      redirect: 'manual',
      body: new Uint8Array(compress[encoding](body)),
    })
    const answer = Buffer.from(await response.arrayBuffer())
    if (response.status === 200) return success(answer)
    const retryAfter = response.headers.get('retry-after')
    const failure = { stored: false as const, code: integerOf(answer, 1), message: textOf(answer, 2) }
    return retryAfter === null ? failure : { ...failure, retryAfterS: Number(retryAfter) }
  },
})

const services = { traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' }
/** grpc-js: 0 identity, 1 deflate, 2 gzip. */
const algorithms: Readonly<Record<Encoding, number>> = { identity: 0, deflate: 1, gzip: 2, zstd: 0 }

/** OTLP/gRPC against the server at `address`. */
export const overGrpc = (address: () => string, token?: string): Transport => ({
  send: (signal, body, encoding = 'identity') => {
    const client = new Client(address(), credentials.createInsecure(), { 'grpc.default_compression_algorithm': algorithms[encoding] })
    const metadata = new Metadata()
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
    const path = `/opentelemetry.proto.collector.${services[signal]}/Export`
    return new Promise<Answer>(resolve => {
      client.makeUnaryRequest(path, asIs, asIs, Buffer.from(body), metadata, (error, answer) => {
        resolve(error === null ? success(answer ?? Buffer.alloc(0)) : failureOf(error))
      })
    }).finally(() => client.close())
  },
})

const asIs = (bytes: Buffer): Buffer => bytes

const failureOf = ({ code, details, metadata }: ServiceError): Answer => {
  const [bytes] = metadata.get('grpc-status-details-bin')
  const failure = { stored: false as const, code: code ?? status.UNKNOWN, message: details }
  if (!(bytes instanceof Buffer)) return failure
  for (const any of messages(bytes, 3)) {
    const duration = messages(messages(any, 2)[0] ?? Buffer.alloc(0), 1)[0]
    if (textOf(any, 1).endsWith('google.rpc.RetryInfo') && duration !== undefined)
      return { ...failure, retryAfterS: integerOf(duration, 1) }
  }
  return failure
}

const success = (answer: Buffer): Answer => {
  const partial = messages(answer, 1)[0] ?? Buffer.alloc(0)
  return { stored: true, rejected: integerOf(partial, 1), message: textOf(partial, 2) }
}

const messages = (bytes: Buffer, field: number): Buffer[] =>
  [...childrenOf(cursorOver(bytes), field)].map(({ start, end }) => bytes.subarray(start, end))

const textOf = (bytes: Buffer, field: number): string => messages(bytes, field)[0]?.toString() ?? ''

const integerOf = (bytes: Buffer, field: number): number => {
  const cursor = cursorOver(bytes)
  while (cursor.at < cursor.end) {
    const tag = readTag(cursor)
    if (tag === field * 8 + VARINT) return readVarint(cursor)
    skip(cursor, tag & 7)
  }
  return 0
}
