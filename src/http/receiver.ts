import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import { PermanentError } from '../errors.ts'
import type { ContentType } from '../model/request.ts'
import { inflate, inflatedSize } from '../otlp/index.ts'
import { type Door, exchange, type Received, reportFailure } from '../receive/accept.ts'
import { type Lease, reserve } from '../receive/budget.ts'
import { AbortedError, drain, readBody } from './body.ts'
import { contentEncodingOf, contentTypeOf, sendError, sendOtlp, sendText } from './otlp-answer.ts'

/** OTLP/HTTP: `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, in protobuf or JSON, plain, gzip or zstd. */
export const createReceiver = (door: Door): Router => {
  const router = Router()
  for (const [path, signal] of Object.entries(paths)) {
    router.all(path, (request: IncomingMessage, response: ServerResponse) => receive(door, signal, request, response))
  }
  for (const other of ['/v1/*other', '/v1development/*other', '/traces', '/logs', '/metrics/v1']) {
    router.post(other, (request: IncomingMessage, response: ServerResponse) => {
      const path = (request.url ?? '').split('?', 1)[0]?.slice(0, maxShownCharacters)
      const error = new PermanentError(404, `Expected ${Object.keys(paths).join(', ')}, got ${path}; nothing was stored`)
      sendError(response, contentTypeOf(request) ?? 'json', error)
      drain(request, door.limits.maxBodyBytes)
    })
  }
  return router
}

const maxShownCharacters = 100

const paths = { '/v1/traces': 'traces', '/v1/logs': 'logs', '/v1/metrics': 'metrics' } as const
type PathSignal = (typeof paths)[keyof typeof paths]

const receive = async (door: Door, signal: PathSignal, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const contentType = contentTypeOf(request)
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    sendText(response, 405, `Expected POST, got ${request.method}`)
  } else if (contentType === undefined) {
    sendText(response, 415, 'Expected content-type application/x-protobuf or application/json')
  } else await answer(door, signal, contentType, request, response)
  drain(request, door.limits.maxBodyBytes)
}

const answer = async (
  door: Door,
  signal: PathSignal,
  contentType: ContentType,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const held = door.budget.lease()
  try {
    const body = await exchange(door, { transport: 'http', signal }, () => received(door, contentType, request, held))
    sendOtlp(response, contentType, 200, body)
  } catch (error) {
    if (error instanceof AbortedError) return door.log.debug({ path: request.url }, error.message)
    reportFailure(door, request.url?.split('?', 1)[0], error)
    sendError(response, contentType, error)
  } finally {
    held.end()
  }
}

const received = async ({ limits }: Door, contentType: ContentType, request: IncomingMessage, held: Lease): Promise<Received> => {
  const contentEncoding = contentEncodingOf(request)
  const payload = await readBody(request, limits.maxBodyBytes, held)
  if (contentEncoding !== 'identity') reserve(held, inflatedSize(payload, contentEncoding, limits.maxBodyBytes))
  return { contentType, contentEncoding, payload, body: await inflate(payload, contentEncoding, limits.maxBodyBytes) }
}
