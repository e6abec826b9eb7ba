import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import { PermanentError, UnavailableError } from '../errors.ts'
import type { ContentType, ExportRequest, Signal } from '../model/request.ts'
import {
  type Checked,
  checkRequest,
  countDataPoints,
  encodeSuccess,
  inflate,
  inflatedSize,
  nouns,
  type PartialSuccess,
} from '../otlp/index.ts'
import { AbortedError, drain, readBody, reserve } from './body.ts'
import { type Budget, createBudget } from './budget.ts'
import { contentEncodingOf, contentTypeOf, sendError, sendOtlp, sendText } from './otlp-answer.ts'

/** Bytes after decompression, items of a request, bytes of all requests at once. */
export type ReceiverLimits = { readonly maxBodyBytes: number; readonly maxItems: number; readonly maxInFlightBytes: number }

type Write = (fields: object, message: string) => void

type ReceiverOptions = {
  /** Resolves once the request is durable; only then it is acknowledged. Throws UnavailableError where it cannot be now. */
  readonly append: (request: ExportRequest) => Promise<void>
  readonly limits: ReceiverLimits
  readonly log: { readonly debug: Write; readonly warn: Write; readonly error: Write }
  /** Called after each request that was stored. */
  readonly accepted: () => void
}

type Door = ReceiverOptions & { readonly budget: Budget }
type Received = Pick<ExportRequest, 'contentType' | 'contentEncoding' | 'payload'> & { readonly body: Buffer }
/** What one path does with a body that came whole: the answer to a success. */
type Accept = (door: Door, received: Received) => Promise<Buffer>

/** OTLP/HTTP: `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, in protobuf or JSON, plain, gzip or zstd. */
export const createReceiver = (options: ReceiverOptions): Router => {
  const door: Door = { ...options, budget: createBudget(options.limits.maxInFlightBytes) }
  const router = Router()
  for (const [path, accept] of Object.entries(paths)) {
    router.all(path, (request: IncomingMessage, response: ServerResponse) => receive(door, accept, request, response))
  }
  for (const near of ['/v1/trace', '/v1/log', '/v1/metric', '/traces', '/logs', '/metrics/v1']) {
    router.post(near, (request: IncomingMessage, response: ServerResponse) => {
      sendError(
        response,
        contentTypeOf(request) ?? 'json',
        new PermanentError(404, `Expected ${Object.keys(paths).join(', ')}, got ${near}; nothing was stored`),
      )
      drain(request, options.limits.maxBodyBytes)
    })
  }
  return router
}

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

const paths: Readonly<Record<string, Accept>> = {
  '/v1/traces': storing('traces'),
  '/v1/logs': storing('logs'),
  '/v1/metrics': rejecting,
}

const MAX_REASONS = 3

const partialOf = (signal: Signal, { items, refused, warnings }: Checked): PartialSuccess | undefined => {
  if (refused.length === 0 && warnings.length === 0) return undefined
  const reasons = [...new Set(refused.slice(0, 100).map(({ reason }) => reason))].slice(0, MAX_REASONS)
  const kept = refused.length === 0 ? 'All were stored, parts were left out' : 'They are in quarantine, the others were stored'
  const message = `${refused.length} of ${items} ${nouns[signal]} refused. ${kept}: ${[...reasons, ...warnings].join('; ')}`
  return { rejected: refused.length, message }
}

const receive = async (door: Door, accept: Accept, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const contentType = contentTypeOf(request)
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    sendText(response, 405, `Expected POST, got ${request.method}`)
  } else if (contentType === undefined) {
    sendText(response, 415, 'Expected content-type application/x-protobuf or application/json')
  } else await exchange(door, accept, contentType, request, response)
  drain(request, door.limits.maxBodyBytes)
}

const exchange = async (
  door: Door,
  accept: Accept,
  contentType: ContentType,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const held = door.budget.lease()
  try {
    const contentEncoding = contentEncodingOf(request)
    const payload = await readBody(request, door.limits.maxBodyBytes, held)
    if (contentEncoding !== 'identity') reserve(held, inflatedSize(payload, contentEncoding, door.limits.maxBodyBytes))
    const body = await inflate(payload, contentEncoding, door.limits.maxBodyBytes)
    sendOtlp(response, contentType, 200, await accept(door, { contentType, contentEncoding, payload, body }))
  } catch (error) {
    if (error instanceof AbortedError) return door.log.debug({ path: request.url }, error.message)
    report(door, request, error)
    sendError(response, contentType, error)
  } finally {
    held.end()
  }
}

const report = ({ log }: Door, request: IncomingMessage, error: unknown): void => {
  const path = request.url?.split('?', 1)[0]
  if (error instanceof PermanentError || error instanceof UnavailableError) log.warn({ path, status: error.status }, error.message)
  else log.error({ path, error }, 'A request could not be stored; the sender was told to retry')
}
