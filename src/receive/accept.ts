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
  /** Told how each exchange ended, once. */
  readonly observe?: (exchange: Exchange) => void
}

/** How an exchange ended. `refused`: the sender was told to come again or never to; `failure`: the fault is ours. */
export type Exchange = {
  readonly transport: 'http' | 'grpc'
  readonly signal: Signal | 'metrics'
  readonly outcome: 'success' | 'refused' | 'failure'
  /** Items of the request as far as they were counted, those in quarantine included; data points of metrics. */
  readonly items: number
  /** Of these, the ones that are not stored though the request was acknowledged. */
  readonly rejected: number
  readonly ms: number
}

/** A request that came whole: `payload` as it came, `body` after decompression. */
export type Received = Pick<ExportRequest, 'contentType' | 'contentEncoding' | 'payload'> & { readonly body: Buffer }

/** Checks and stores one request; resolves to the body of the answer, or throws what `failureOf` explains. */
type Accept = (door: Door, received: Received, count: (counted: Counted) => void) => Promise<Buffer>
type Counted = Pick<Exchange, 'items' | 'rejected'>

/** One exchange of a request: `receive` reads it, as its transport does; resolves to the body of the answer. Throws what `failureOf` explains. */
export const exchange = async (
  door: Door,
  { transport, signal }: Pick<Exchange, 'transport' | 'signal'>,
  receive: () => Promise<Received>,
): Promise<Buffer> => {
  const startedAt = performance.now()
  let counted: Counted = { items: 0, rejected: 0 }
  const end = (outcome: Exchange['outcome']): void =>
    door.observe?.({ transport, signal, outcome, ...counted, ms: performance.now() - startedAt })
  try {
    const answer = await accepts[signal](door, await receive(), now => {
      counted = now
    })
    end('success')
    return answer
  } catch (error) {
    end(error instanceof PermanentError || error instanceof UnavailableError ? 'refused' : 'failure')
    throw error
  }
}

const storing =
  (signal: Signal): Accept =>
  async (door, { contentType, contentEncoding, payload, body }, count) => {
    const checked = checkRequest(signal, contentType, body, door.limits)
    const { items, refused } = checked
    count({ items, rejected: refused.length })
    if (items > 0) {
      await door.append({ signal, contentType, contentEncoding, items, refused, payload })
      door.accepted()
    }
    return encodeSuccess(signal, contentType, partialOf(signal, checked))
  }

const rejecting: Accept = async (_door, { contentType, body }, count) => {
  const rejected = countDataPoints(contentType, body)
  count({ items: rejected, rejected })
  const message = `Metrics are not stored: ${rejected} data points were dropped. Send metrics elsewhere; runledger takes traces and logs`
  return encodeSuccess('metrics', contentType, rejected === 0 ? undefined : { rejected, message })
}

const accepts: Readonly<Record<Signal | 'metrics', Accept>> = {
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
