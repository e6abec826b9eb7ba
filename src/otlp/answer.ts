import type { ContentType, Signal } from '../model/request.ts'
import { BYTES, VARINT } from './cursor.ts'
import { beginMessage, createWriter, endMessage, writeString, writeTag, writeVarint, written } from './writer.ts'

export type PartialSuccess = { readonly rejected: number; readonly message: string }

const rejectedNames = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const

/** `Export…ServiceResponse`: empty (JSON: `{}`) without `partial`. A partial with none rejected is a hint to the operator. */
export const encodeSuccess = (signal: Signal | 'metrics', contentType: ContentType, partial?: PartialSuccess): Buffer => {
  if (contentType === 'json') {
    // 64-bit integers are strings in OTLP/JSON.
    const said = partial && { partialSuccess: { [rejectedNames[signal]]: String(partial.rejected), errorMessage: partial.message } }
    return Buffer.from(JSON.stringify(said ?? {}))
  }
  const writer = createWriter()
  if (partial === undefined) return written(writer)
  writeTag(writer, 1, BYTES)
  const start = beginMessage(writer)
  writeCoded(writer, partial.rejected, partial.message)
  endMessage(writer, start)
  return written(writer)
}

/**
 * `google.rpc.Status`: `code` is gRPC's. With `retryAfterS` a `google.rpc.RetryInfo` stands among its details: over gRPC that is
 * the only word for a delay, and what makes RESOURCE_EXHAUSTED retryable (OTLP specification, "OTLP/gRPC Throttling").
 */
export const encodeStatus = (contentType: ContentType, status: Status): Buffer => {
  if (contentType === 'json') return Buffer.from(JSON.stringify({ code: status.code, message: status.message }))
  const writer = createWriter()
  writeCoded(writer, status.code, status.message)
  if (status.retryAfterS !== undefined) writeRetryInfo(writer, status.retryAfterS)
  return written(writer)
}

type Status = { readonly code: number; readonly message: string; readonly retryAfterS?: number }

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

// Status.details (3) holds an Any: its type in 1, the message in 2; RetryInfo.retry_delay (1) is a Duration, its seconds in 1.
const writeRetryInfo = (writer: ReturnType<typeof createWriter>, seconds: number): void => {
  writeTag(writer, 3, BYTES)
  const any = beginMessage(writer)
  writeTag(writer, 1, BYTES)
  writeString(writer, RETRY_INFO)
  writeTag(writer, 2, BYTES)
  const retryInfo = beginMessage(writer)
  writeTag(writer, 1, BYTES)
  const duration = beginMessage(writer)
  writeTag(writer, 1, VARINT)
  writeVarint(writer, seconds)
  endMessage(writer, duration)
  endMessage(writer, retryInfo)
  endMessage(writer, any)
}

// Both messages are an integer in field 1 and a text in field 2.
const writeCoded = (writer: ReturnType<typeof createWriter>, code: number, message: string): void => {
  if (code !== 0) {
    writeTag(writer, 1, VARINT)
    writeVarint(writer, code)
  }
  if (message !== '') {
    writeTag(writer, 2, BYTES)
    writeString(writer, message)
  }
}
