import type { IncomingMessage } from 'node:http'
import { tooLarge } from '../otlp/index.ts'
import { type Lease, overloaded, reserve } from '../receive/budget.ts'

/** The sender went away before its request was whole: there is nobody to answer. */
export class AbortedError extends Error {
  override readonly name = 'AbortedError'
}

/**
 * Reads a request body of at most `limit` bytes, reserving each in `lease`, which the caller ends. Throws
 * PermanentError 413 beyond the limit (the declared length is believed first), UnavailableError where the budget is spent,
 * AbortedError where the sender gives up.
 */
export const readBody = async (request: IncomingMessage, limit: number, lease: Lease): Promise<Buffer> => {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limit) throw tooLarge(`A body of ${declared} bytes`, limit)
  reserve(lease, declared)
  const chunks: Buffer[] = []
  let length = 0
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > limit) finish(tooLarge('The body', limit))
      else if (length > declared && !lease.reserve(chunk.length)) finish(overloaded())
      else chunks.push(chunk)
    }
    const onEnd = (): void => finish()
    const onGone = (): void => finish(new AbortedError('The sender closed the connection before its request was whole'))
    const finish = (error?: Error): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      if (error === undefined) resolve()
      else reject(error)
    }
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

// A sender that is still writing must be let finish, or it sees a reset in place of the answer; but not for ever.
const DRAIN_MS = 10_000

/** Throws away what is still coming of a request that has been answered; closes the connection where it does not end soon. */
export const drain = (request: IncomingMessage, limit: number): void => {
  if (request.complete || request.destroyed) return
  let left = limit
  const timer = setTimeout(() => request.destroy(), DRAIN_MS)
  timer.unref()
  request.on('error', () => undefined)
  request.on('close', () => clearTimeout(timer))
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.destroy()
  })
  request.resume()
}
