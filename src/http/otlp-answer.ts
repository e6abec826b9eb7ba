import type { IncomingMessage, ServerResponse } from 'node:http'
import { PermanentError } from '../errors.ts'
import type { ContentEncoding, ContentType } from '../model/request.ts'
import { encodeStatus } from '../otlp/index.ts'
import { failureOf } from '../receive/failure.ts'

const types: Readonly<Record<string, ContentType>> = { 'application/x-protobuf': 'protobuf', 'application/json': 'json' }
const encodings: Readonly<Record<string, ContentEncoding>> = {
  '': 'identity',
  identity: 'identity',
  gzip: 'gzip',
  'x-gzip': 'gzip',
  zstd: 'zstd',
}

/** The media type of a request, parameters ignored; undefined where OTLP has no such type. */
export const contentTypeOf = (request: IncomingMessage): ContentType | undefined => {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return Object.hasOwn(types, type) ? types[type] : undefined
}

/** The content encoding of a request; throws PermanentError 415 for any other than identity, gzip, zstd, and for several. */
export const contentEncodingOf = (request: IncomingMessage): ContentEncoding => {
  const said = (request.headers['content-encoding'] ?? '').trim().toLowerCase()
  const encoding = Object.hasOwn(encodings, said) ? encodings[said] : undefined
  if (encoding !== undefined) return encoding
  throw new PermanentError(
    415,
    `Expected content-encoding gzip, zstd or none, got ${JSON.stringify(said.slice(0, 40))}; nothing was stored`,
  )
}

const headerOf: Readonly<Record<ContentType, string>> = { protobuf: 'application/x-protobuf', json: 'application/json' }

/**
 * Ends a response. The type stands exactly as OTLP has it: with a charset, which Express would add, the Collector does not
 * read the body. No redirect, ever: the Collector would take what it finds there for a delivery.
 */
export const sendOtlp = (response: ServerResponse, contentType: ContentType, status: number, body: Buffer): void => {
  if (response.headersSent || response.destroyed) return
  response.statusCode = status
  response.setHeader('content-type', headerOf[contentType])
  response.setHeader('content-length', body.length)
  response.end(body)
}

/** Ends a response with text: for what is no OTLP request at all. */
export const sendText = (response: ServerResponse, status: number, text: string): void => {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(`${text}\n`)
}

/** Ends a response with an error: what will fail again as it is, everything else with a Retry-After. */
export const sendError = (response: ServerResponse, contentType: ContentType, error: unknown): void => {
  const { status, code, message, retryAfterS } = failureOf(error)
  if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS))
  sendOtlp(response, contentType, status, encodeStatus(contentType, { code, message }))
}
