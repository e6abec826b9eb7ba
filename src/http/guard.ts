import type { Request, RequestHandler, Response } from 'express'
import { PermanentError } from '../errors.ts'
import { createTokens, type Refusal, type Side } from '../receive/tokens.ts'
import { drain } from './body.ts'
import { isAddressHost, isLoopbackHost, isSameOrigin, nameOfHost } from './origin.ts'
import { contentTypeOf, sendError } from './otlp-answer.ts'
import { Problem, sendProblem } from './problem.ts'

export type GuardOptions = {
  readonly ingestTokens: readonly string[]
  readonly readTokens: readonly string[]
  /** The address that is listened on; all of them is said 0.0.0.0 or ::. */
  readonly host: string
  /** The URL under which others know this server. */
  readonly publicUrl?: string | undefined
  /** Whether the page stands behind it: its files and its index hold nothing of anybody's and are open. */
  readonly showsPage?: boolean
}

/**
 * Stands before every route. What is not known to be open needs a token of its own side, where that side has tokens: sending
 * (`/v1` and what looks like it) or reading (all else). Where it has none, the request must be to a name that is ours, so
 * that no other site's name can be pointed at us, and, unless it only reads, not from another site's page.
 */
export const createGuard = (options: GuardOptions): RequestHandler => {
  const tokens = createTokens(options)
  return (request, response, next) => {
    response.set(securityHeaders)
    if (isOpen(request)) return next()
    const side = sideOf(request.path)
    if (options.showsPage === true && tokens.guards(side) && isPage(request)) return next()
    const refusal = tokens.guards(side) ? tokens.refusal(side, request.headers.authorization) : refusalByOrigin(request, options)
    if (refusal === undefined) next()
    else refuse(request, response, side, refusal)
  }
}

/** Content is other people's text: nothing of it may run, load or be framed. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

const openPaths = ['/healthz', '/readyz']
// Holds nothing of anybody's: it asks for the token, and reads with it.
const pagePath = /^\/($|(runs|compare|sessions|status|t|assets)(\/|$)|icon\.svg$)/
const readingMethods = ['GET', 'HEAD']

const isPage = (request: Request): boolean => pagePath.test(request.path) && readingMethods.includes(request.method)

const isOpen = (request: Request): boolean => openPaths.includes(request.path) && readingMethods.includes(request.method)

// Misspelt OTLP paths are answered as OTLP.
const ingestPaths = /^\/(v1|v1development|traces|logs|metrics\/v1)(\/|$)/i

const sideOf = (path: string): Side => (ingestPaths.test(path) ? 'ingest' : 'read')

const refusalByOrigin = (request: Request, options: GuardOptions): Refusal | undefined => {
  const host = request.headers.host ?? ''
  if (!isOurHost(host, options))
    return {
      status: 403,
      detail: 'Expected a host that is ours; set RUNLEDGER_PUBLIC_URL to the URL this server is known by, or use tokens',
    }
  const { origin, 'sec-fetch-site': site } = request.headers
  if (readingMethods.includes(request.method) || isSameOrigin(host, origin, site, options.publicUrl)) return undefined
  return { status: 403, detail: 'Expected no request from the page of another site' }
}

const wildcards = ['0.0.0.0', '::', '']

const isOurHost = (host: string, { host: bound, publicUrl }: GuardOptions): boolean =>
  isLoopbackHost(host) ||
  (publicUrl !== undefined && URL.canParse(publicUrl) && new URL(publicUrl).hostname === nameOfHost(host)) ||
  // No name can be pointed at us by an address.
  (wildcards.includes(bound) ? isAddressHost(host) : nameOfHost(host) === nameOfHost(bound.includes(':') ? `[${bound}]` : bound))

const maxRefusedBytes = 1024 * 1024

const refuse = (request: Request, response: Response, side: Side, { status, detail }: Refusal): void => {
  if (status === 401) response.set('www-authenticate', 'Bearer')
  if (side === 'ingest') sendError(response, contentTypeOf(request) ?? 'json', new PermanentError(status, `${detail}; nothing was stored`))
  else sendProblem(response, new Problem(status, detail))
  drain(request, maxRefusedBytes)
}
