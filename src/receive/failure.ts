import { PermanentError, UnavailableError } from '../errors.ts'

/** How a request that was not stored is answered. `code` is gRPC's; with `retryAfterS` the sender is to keep its data. */
export type Failure = { readonly status: number; readonly code: number; readonly message: string; readonly retryAfterS?: number }

/** gRPC codes by HTTP status; over gRPC 3, 5, 7, 8 (without a delay), 12 and 16 are not retried, 14 and 8 with a delay are (OTLP specification, "Failures"). */
const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 503: 14 }
const UNKNOWN_CODE = 2
const MAX_RETRY_AFTER_S = 30

/** PermanentError as it says; everything else 503 (429) with a delay of 1 to 30 s, so that the sender keeps its data. Tells nothing of errors that are ours. */
export const failureOf = (error: unknown): Failure => {
  const known = error instanceof PermanentError || error instanceof UnavailableError
  const status = known ? error.status : 503
  const message = known ? error.message : 'Cannot store now; nothing was acknowledged, retry'
  const failure = { status, code: codes[status] ?? UNKNOWN_CODE, message }
  return error instanceof PermanentError ? failure : { ...failure, retryAfterS: 1 + Math.floor(Math.random() * MAX_RETRY_AFTER_S) }
}
