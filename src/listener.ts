import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

export type Listener = {
  /** Base URL without a slash at its end. */
  readonly url: string
  /** Takes no more connections, lets running requests finish for at most `ms`, then cuts them. */
  readonly close: (ms: number) => Promise<void>
}

const headersTimeoutMs = 10_000
/** A sender on a slow line may take its time over 64 MiB. */
const requestTimeoutMs = 120_000
/** Longer than senders keep an idle connection (Go: 90 s), so that it is never us who closes one that is being used. */
const keepAliveMs = 120_000
const maxHeaderBytes = 32 * 1024

/** Listens on `host` and `port`; 0 takes a free one. Rejects when it is taken. */
export const listen = async (app: RequestListener, host: string, port: number, maxConnections: number): Promise<Listener> => {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs, maxHeaderSize: maxHeaderBytes },
    app,
  )
  server.maxConnections = maxConnections
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const taken = address !== null && typeof address === 'object' ? address.port : port
  const close = async (ms: number): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeIdleConnections()
    const cut = setTimeout(() => server.closeAllConnections(), ms)
    await closed
    clearTimeout(cut)
  }
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`, close }
}

/** Whether `error` says that somebody else listens there already. */
export const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
