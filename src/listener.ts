import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'

export type Listener = {
  /** Base URL without a slash at its end. */
  readonly url: string
  /** Takes no more connections, lets running requests finish for at most `ms`, then cuts them. */
  readonly close: (ms: number) => Promise<void>
}

/** A sender on a slow line may take its time over 64 MiB. */
const patience = { headersMs: 10_000, requestMs: 120_000, checkMs: 10_000 }
/** Longer than senders keep an idle connection (Go: 90 s), so that it is never us who closes one that is being used. */
const keepAliveMs = 120_000
const maxHeaderBytes = 32 * 1024

/** Listens on `host` and `port`; 0 takes a free one. Rejects when it is taken. `waits`: how long a request may take to come. */
export const listen = async (
  app: RequestListener,
  host: string,
  port: number,
  maxConnections: number,
  waits: Readonly<typeof patience> = patience,
): Promise<Listener> => {
  const { headersMs: headersTimeout, requestMs: requestTimeout, checkMs: connectionsCheckingInterval } = waits
  const timeouts = { headersTimeout, requestTimeout, connectionsCheckingInterval, keepAliveTimeout: keepAliveMs }
  const server = createServer({ ...timeouts, maxHeaderSize: maxHeaderBytes }, app)
  server.on('clientError', refuse)
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

// As Node would, but for a request that takes too long: told 408, a Collector drops it for good; cut off, it sends it again.
const refuse = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || !socket.writable) socket.destroy()
  else
    socket.end(
      `HTTP/1.1 ${error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nconnection: close\r\n\r\n`,
    )
}

/** Whether `error` says that somebody else listens there already. */
export const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
