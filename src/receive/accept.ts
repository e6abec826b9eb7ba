import { PermanentError, UnavailableError } from '../errors.ts'
import type { ExportRequest, Signal } from '../model/request.ts'
import { type Checked, checkRequest, countDataPoints, encodeSuccess, nouns, type PartialSuccess } from '../otlp/index.ts'
import type { Budget } from './budget.ts'

/** Bytes after decompression, items of a request, bytes of all requests at once. */
export type ReceiverLimits = { readonly maxBodyBytes: number; readonly maxItems: number; readonly maxInFlightBytes: number }

type Write = (fields: object, message: string) => void

/** What every door for OTLP is given, whatever its transport. */
export type Door = {
  /** Resolves once the request is durable; only then it is acknowledged. Throws UnavailableError where it cannot be now. */
  readonly append: (request: ExportRequest) => Promise<void>
  readonly limits: ReceiverLimits
  /** Shared by all doors of a server. */
  readonly budget: Budget
  readonly log: { readonly debug: Write; readonly warn: Write; readonly error: Write }
  /** Called after each request that was stored. */
  readonly accepted: () => void
}

/** A request that came whole: `payload` as it came, `body` after decompression. */
export type Received = Pick<ExportRequest, 'contentType' | 'contentEncoding' | 'payload'> & { readonly body: Buffer }

/** Checks and stores one request; resolves to the body of the answer, or throws what `failureOf` explains. */
export type Accept = (door: Door, received: Received) => Promise<Buffer>

const storing =
  (signal: Signal): Accept =>
  async (door, { contentType, contentEncoding, payload, body }) => {
    const checked = checkRequest(signal, contentType, body, door.limits)
    const { items, refused } = checked
    if (items > 0) {
      await door.append({ signal, contentType, contentEncoding, items, refused, payload })
      door.accepted()
    }
    return encodeSuccess(signal, contentType, partialOf(signal, checked))
  }

const rejecting: Accept = async (_door, { contentType, body }) => {
  const rejected = countDataPoints(contentType, body)
  const message = `Metrics are not stored: ${rejected} data points were dropped. Send metrics elsewhere; runledger takes traces and logs`
  return encodeSuccess('metrics', contentType, rejected === 0 ? undefined : { rejected, message })
}

/** What is done with a request of each signal. */
export const accepts: Readonly<Record<Signal | 'metrics', Accept>> = {
  traces: storing('traces'),
  logs: storing('logs'),
  metrics: rejecting,
}

const MAX_REASONS = 3

const partialOf = (signal: Signal, { items, refused, warnings }: Checked): PartialSuccess | undefined => {
  if (refused.length === 0 && warnings.length === 0) return undefined
  const reasons = [...new Set(refused.slice(0, 100).map(({ reason }) => reason))].slice(0, MAX_REASONS)
  const kept = refused.length === 0 ? 'All were stored, parts were left out' : 'They are in quarantine, the others were stored'
  const message = `${refused.length} of ${items} ${nouns[signal]} refused. ${kept}: ${[...reasons, ...warnings].join('; ')}`
  return { rejected: refused.length, message }
}

/** Writes the failure of a request to the log: what the sender did is a warning, what we did is an error. */
export const reportFailure = ({ log }: Door, path: string | undefined, error: unknown): void => {
  if (error instanceof PermanentError || error instanceof UnavailableError) log.warn({ path, status: error.status }, error.message)
  else log.error({ path, error }, 'A request could not be stored; the sender was told to retry')
}
