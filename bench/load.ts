import http from 'node:http'
import { buildLoad } from './spans.ts'

/** The load generator, in a process of its own so that its CPU is not the server's. Told what to do, and tells, by messages. */

export type Order = {
  readonly requests: number
  readonly perRequest: number
  readonly inFlight: number
  readonly size: number
  readonly history: number
  readonly connections: number
  readonly url: string
}
export type Told =
  | { readonly kind: 'built'; readonly spans: number; readonly runs: number; readonly bytesASpan: number; readonly bodyBytes: number }
  | { readonly kind: 'done'; readonly seconds: number; readonly latencies: readonly number[] }

const post = (url: URL, agent: http.Agent, body: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip', 'content-length': body.length }
    const request = http.request(url, { method: 'POST', agent, headers }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end(body)
  })

const tell = (told: Told): void => void process.send?.(told)

process.once('message', async (order: Order) => {
  const { bodies, ...built } = buildLoad(order.requests, order.perRequest, order.inFlight, order.size, order.history)
  tell({ kind: 'built', ...built, bodyBytes: bodies.reduce((n, b) => n + b.length, 0) })
  await new Promise(resolve => process.once('message', resolve))
  const agent = new http.Agent({ keepAlive: true, maxSockets: order.connections })
  const url = new URL('/v1/traces', order.url)
  const latencies: number[] = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: order.connections }, async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        const at = performance.now()
        const status = await post(url, agent, body)
        if (status !== 200) throw new Error(`Expected 200, got ${status}`)
        latencies.push(performance.now() - at)
      }
    }),
  )
  tell({ kind: 'done', seconds: (performance.now() - started) / 1_000, latencies })
  agent.destroy()
  process.disconnect()
})
