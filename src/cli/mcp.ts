import { once } from 'node:events'

import { createHttpSource, serveMcpOverStdio } from '../mcp/index.ts'
import { createClient } from './client.ts'

/**
 * Serves the MCP tools on stdin and stdout, over the API of `--url`, RUNLEDGER_URL, the server that `dev` runs here, or the usual
 * address, in this order. Resolves when stdin ends.
 */
export const serveMcp = async ({ url }: { readonly url?: string }, version: string): Promise<void> => {
  const { api, readToken } = createClient({ url })
  const ended = once(process.stdin, 'close')
  // Stdout belongs to the protocol.
  const failed = (error: unknown): void =>
    void process.stderr.write(`runledger mcp: ${error instanceof Error ? error.message : String(error)}\n`)
  const served = serveMcpOverStdio({ source: createHttpSource({ url: api, token: readToken }), version, failed })
  await ended
  await served.close()
}
