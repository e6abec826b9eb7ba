import { Metadata, type StatusObject } from '@grpc/grpc-js'
import { encodeStatus } from '../otlp/index.ts'
import { failureOf } from '../receive/failure.ts'

/** Where gRPC carries a whole `google.rpc.Status`: the code and text of the trailer again, and with them the RetryInfo. */
const DETAILS = 'grpc-status-details-bin'

/** The gRPC status of a request that was not stored: with a RetryInfo where the sender is to keep its data. */
export const statusOf = (error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> => {
  const { code, message, retryAfterS } = failureOf(error)
  const metadata = new Metadata()
  const status = retryAfterS === undefined ? { code, message } : { code, message, retryAfterS }
  metadata.set(DETAILS, Buffer.from(encodeStatus('protobuf', status)))
  return { code, details: message, metadata }
}
