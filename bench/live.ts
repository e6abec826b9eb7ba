import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from './machine.ts'
import { bodyOf, runOf } from './spans.ts'

const runs = 20
const spansARequest = 64

/**
 * From the moment a request is sent to the frame that shows its step, at `spansPerSecond`, with a reader on each of 20 runs.
 * Returns milliseconds, p50 and p99.
 */
export const liveLatency = async (
  otlp: string,
  api: string,
  spansPerSecond: number,
  seconds: number,
): Promise<{ readonly p50: number; readonly p99: number; readonly frames: number }> => {
  const perRun = Math.ceil((spansPerSecond * seconds) / runs) + 10
  const plans = Array.from({ length: runs }, () => runOf(perRun, 0, Date.now()))
  const sent = new Map<string, number>()
  const latencies: number[] = []
  const stop = new AbortController()
  const post = (spans: readonly object[]): Promise<Response> =>
    fetch(new URL('/v1/traces', otlp), {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      body: bodyOf(spans),
    })
  // A run must be there before it can be read: its last span, the root, goes first.
  await post(plans.map(p => p.spans.at(-1) ?? {}))
  await sleep(1_500)
  const readers = plans.map(plan =>
    read(new URL(`/api/runs/${uuidOf(plan.traceId)}/events`, api), stop.signal, mark => {
      const at = sent.get(mark)
      if (at === undefined) return
      latencies.push(performance.now() - at)
      sent.delete(mark)
    }),
  )
  await sleep(500)
  const requests = Math.floor((spansPerSecond * seconds) / spansARequest)
  const bodies = Array.from({ length: requests }, (_, r) =>
    Array.from({ length: spansARequest }, (_, i) => {
      const n = r * spansARequest + i
      return plans[n % runs]?.spans[Math.floor(n / runs)] ?? {}
    }),
  )
  const started = performance.now()
  for (const [i, spans] of bodies.entries()) {
    const due = started + (i * spansARequest * 1_000) / spansPerSecond
    if (due > performance.now()) await sleep(due - performance.now())
    for (const span of spans) sent.set(markOf(span), performance.now())
    void post(spans).catch(() => undefined)
  }
  await sleep(2_000)
  stop.abort()
  await Promise.allSettled(readers)
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), frames: latencies.length }
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

// The frame of a step is known by its run, its time in ms and its type: spans of a run do not end in the same millisecond.
const markOf = (span: object): string => {
  const { traceId, endTimeUnixNano, name } = span as { traceId: string; endTimeUnixNano: string; name: string }
  return `${uuidOf(traceId)} ${BigInt(endTimeUnixNano) / 1_000_000n} ${name.startsWith('chat') ? 'thought' : 'tool_result'}`
}

const read = async (url: URL, signal: AbortSignal, seen: (mark: string) => void): Promise<void> => {
  const response = await fetch(url, { headers: { accept: 'application/x-ndjson' }, signal })
  let rest = ''
  for await (const chunk of response.body ?? []) {
    const lines = (rest + Buffer.from(chunk).toString('utf8')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') continue
      const { event, data } = JSON.parse(line)
      if (event === 'step.added') seen(`${data.run_id} ${Date.parse(data.timestamp)} ${data.type}`)
    }
  }
}
