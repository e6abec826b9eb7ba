import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings, SettingsError } from '../config.ts'
import { createHttpSource, serveMcpOverStdio } from '../mcp/index.ts'
import { DevFile } from './dev-file.ts'

const usualUrl = 'http://127.0.0.1:4319'

/**
 * Serves the MCP tools on stdin and stdout, over the API of `--url`, RUNLEDGER_URL, the server that `dev` runs here, or the usual
 * address, in this order. Resolves when stdin ends.
 */
export const serveMcp = async ({ url = process.env['RUNLEDGER_URL'] }: { readonly url?: string }, version: string): Promise<void> => {
  const { dataDir, readTokens } = readSettings(process.env)
  const api = (url ?? devUrl(dataDir) ?? usualUrl).replace(/\/+$/, '')
  if (!URL.canParse(api)) throw new SettingsError(`Expected the URL of a runledger, got "${api}"`)
  const ended = once(process.stdin, 'close')
  // Stdout belongs to the protocol.
  const failed = (error: unknown): void =>
    void process.stderr.write(`runledger mcp: ${error instanceof Error ? error.message : String(error)}\n`)
  const served = serveMcpOverStdio({ source: createHttpSource({ url: api, token: readTokens[0] }), version, failed })
  await ended
  await served.close()
}

const devUrl = (dataDir: string): string | undefined => {
  try {
    return DevFile.parse(JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8'))).api
  } catch {
    return undefined
  }
}
