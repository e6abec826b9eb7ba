import type { IncomingMessage, ServerResponse } from 'node:http'
import { Router } from 'express'
import { PermanentError } from '../errors.ts'
import type { ContentType } from '../model/request.ts'
import { inflate, inflatedSize } from '../otlp/index.ts'
import { type Accept, accepts, type Door, reportFailure } from '../receive/accept.ts'
import { reserve } from '../receive/budget.ts'
import { AbortedError, drain, readBody } from './body.ts'
import { contentEncodingOf, contentTypeOf, sendError, sendOtlp, sendText } from './otlp-answer.ts'

/** OTLP/HTTP: `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, in protobuf or JSON, plain, gzip or zstd. */
export const createReceiver = (door: Door): Router => {
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
      drain(request, door.limits.maxBodyBytes)
    })
  }
  return router
}

const paths: Readonly<Record<string, Accept>> = {
  '/v1/traces': accepts.traces,
  '/v1/logs': accepts.logs,
  '/v1/metrics': accepts.metrics,
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
    reportFailure(door, request.url?.split('?', 1)[0], error)
    sendError(response, contentType, error)
  } finally {
    held.end()
  }
}
