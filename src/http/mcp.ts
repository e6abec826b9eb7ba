import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createMcpHandler } from '@modelcontextprotocol/server'
import { type Response as Answered, type Request as Asked, Router } from 'express'
import { errorSummary } from '../error-summary.ts'
import type { Log } from '../log.ts'
import { createMcpServer, SourceError } from '../mcp/index.ts'
import { createBudget } from '../receive/budget.ts'
import type { Queries } from '../store/queries.ts'
import { drain, readBody } from './body.ts'
import { mcpSource } from './mcp-source.ts'
import { problems } from './problem.ts'

const maxBodyBytes = 1024 * 1024
const maxInFlightBytes = 16 * maxBodyBytes

/** MCP at `/mcp`: Streamable HTTP without sessions, for clients of 2026 and, request by request, of 2025. Nothing there writes. */
export const createMcp = ({
  queries,
  log,
  version,
}: {
  readonly queries: Queries
  readonly log: Log
  readonly version: string
}): Router => {
  const failed = (error: unknown): void => log.error({ error: errorSummary(error) }, 'An MCP tool failed')
  const source = mcpSource(queries, message => new SourceError(message))
  // Nothing changes that a client could subscribe to.
  const handler = createMcpHandler(() => createMcpServer({ source, version, failed }), { maxSubscriptions: 0 })
  const budget = createBudget(maxInFlightBytes)
  const mcp = Router()
  mcp.all('/mcp', async (request, response) => {
    const lease = budget.lease()
    try {
      const body = await readBody(request, maxBodyBytes, lease)
      await send(await handler.fetch(webRequest(request, body)), response)
    } finally {
      lease.end()
      drain(request, maxBodyBytes)
    }
  })
  mcp.use('/mcp', problems(log))
  return mcp
}

const webRequest = (request: Asked, body: Buffer): Request => {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  return new Request('http://runledger.invalid/mcp', {
    method: request.method,
    headers,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  })
}

const send = async (answer: Response, response: Answered): Promise<void> => {
  response.status(answer.status).set({ ...Object.fromEntries(answer.headers), 'cache-control': 'no-store' })
  if (answer.body === null) response.end()
  else await pipeline(Readable.fromWeb(answer.body), response)
}
