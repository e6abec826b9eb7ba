import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './machine.ts'
import { bodyOf, runOf } from './spans.ts'

const readers = 200
const framesPerSecond = 1_000
const spansARequest = 64
/** So much is sent that acknowledging is not what limits. */
const requestsPerSecond = 20

export type ReadersResult = {
  readonly framesPerSecond: number
  /** Median of an acknowledgement, ms, without readers and with them. */
  readonly aloneMs: number
  readonly besideMs: number
}

/**
 * What 200 readers of all runs' events cost who sends: requests at a fixed rate, first without readers, then with 200 that are
 * told about 1,000 frames a second in all, each alternately, so that a machine that changes meanwhile changes both.
 */
export const readersCost = async (otlp: string, api: string, seconds: number): Promise<ReadersResult> => {
  const send = createLoad(otlp)
  const stop = new AbortController()
  const told = tellRegularly(otlp, stop.signal)
  await send(seconds / 10)
  const [alone, beside]: [number[], number[]] = [[], []]
  const total: number[] = []
  let [frames, watchedMs] = [0, 0]
  for (let round = 0; round < 3; round += 1) {
    alone.push(...(await send(seconds / 6)))
    const leave = new AbortController()
    const open = Array.from({ length: readers }, () =>
      read(new URL('/api/events?agent=watched', api), leave.signal, count => {
        frames += count
      }),
    )
    await sleep(1_000)
    const [before, started] = [frames, performance.now()]
    beside.push(...(await send(seconds / 6)))
    watchedMs += performance.now() - started
    const during = frames
    leave.abort()
    await Promise.allSettled(open)
    total.push(during - before)
  }
  stop.abort()
  await told
  return {
    framesPerSecond: (total.reduce((sum, n) => sum + n, 0) * 1_000) / watchedMs,
    aloneMs: percentile(alone, 0.5),
    besideMs: percentile(beside, 0.5),
  }
}

const post = async (otlp: string, body: Uint8Array<ArrayBuffer>): Promise<void> => {
  const answer = await fetch(new URL('/v1/traces', otlp), {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    body,
  })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`)
}

const createLoad =
  (otlp: string) =>
  async (seconds: number): Promise<number[]> => {
    const latencies: number[] = []
    const started = performance.now()
    for (let n = 0; n < seconds * requestsPerSecond; n += 1) {
      const due = started + (n * 1_000) / requestsPerSecond
      if (due > performance.now()) await sleep(due - performance.now())
      const { spans } = runOf(spansARequest, 0, Date.now())
      const body = new Uint8Array(bodyOf(spans.slice(0, spansARequest)))
      const from = performance.now()
      await post(otlp, body)
      latencies.push(performance.now() - from)
    }
    return latencies
  }

/** A run of its own in each request: with a step and a change of the run it makes two frames for each reader. */
const tellRegularly = async (otlp: string, signal: AbortSignal): Promise<void> => {
  const pauseMs = (readers * 2 * 1_000) / framesPerSecond
  while (!signal.aborted) {
    const now = BigInt(Date.now()) * 1_000_000n
    const hex = (bytes: number): string =>
      [...crypto.getRandomValues(new Uint8Array(bytes))].map(b => b.toString(16).padStart(2, '0')).join('')
    const attributes = { 'agent.id': 'watched', 'agent.step.type': 'thought', 'agent.step.content': '{"text":"told"}' }
    const span = {
      traceId: hex(16),
      spanId: hex(8),
      name: 'told',
      startTimeUnixNano: String(now - 1_000_000n),
      endTimeUnixNano: String(now),
      attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    }
    const answer = await fetch(new URL('/v1/traces', otlp), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    })
    await answer.arrayBuffer()
    await sleep(pauseMs)
  }
}

const read = async (url: URL, signal: AbortSignal, count: (frames: number) => void): Promise<void> => {
  const { body, status } = await fetch(url, { signal })
  if (status !== 200) throw new Error(`A reader was answered ${status}`)
  for await (const chunk of body ?? []) count(Buffer.from(chunk).toString('latin1').split('event: ').length - 1)
}
