import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { createMcpServer, type McpOptions } from './server.ts'

/** Serves the tools on stdin and stdout until stdin ends; nothing else may write there. */
export const serveMcpOverStdio = (options: McpOptions): { readonly close: () => Promise<void> } =>
  serveStdio(() => createMcpServer(options), { onerror: options.failed })
