import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const spansARequest = 500
const senders = 4
const retryMs = 200
const retried = new Set([429, 502, 503, 504])

export type Load = {
  /** Trace ids, each a run of one agent span and its thoughts. */
  readonly traces: readonly string[]
  /** Ids of the thoughts' spans, each of which must become one step. */
  readonly steps: ReadonlySet<string>
  /** Spans that the Collector has taken. */
  readonly sent: () => number
  /** How often it said that it could not take any now. */
  readonly refused: () => number
  /** Resolves when it has taken all, or nothing more is to be sent. */
  readonly done: Promise<void>
  readonly stop: () => void
}

type Options = {
  readonly runs: number
  readonly stepsARun: number
  /** Characters of each thought. */
  readonly characters: number
  readonly endpoint: () => string
}

/** Sends runs to a Collector as SDKs do: each request until it is taken. Throws where the Collector refuses one for good. */
export const startLoad = ({ runs, stepsARun, characters, endpoint }: Options): Load => {
  const traces = Array.from({ length: runs }, () => randomBytes(16).toString('hex'))
  const steps = new Set<string>()
  const stopping = new AbortController()
  let [sent, refused] = [0, 0]
  // A request holds spans of several runs, and a run comes in several requests.
  const queue = traces.flatMap(trace => spansOf(trace, stepsARun, characters, steps))
  const work = async (): Promise<void> => {
    for (let batch = queue.splice(0, spansARequest); batch.length > 0; batch = queue.splice(0, spansARequest)) {
      const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'load' }, spans: batch }] }] })
      for (let status = 0; status !== 200 && !stopping.signal.aborted; ) {
        status = await post(`${endpoint()}/v1/traces`, body)
        if (status === 200) break
        if (!retried.has(status)) throw new Error(`The Collector answered ${status}`)
        refused += 1
        await sleep(retryMs)
      }
      sent += batch.length
    }
  }
  const done = Promise.all(Array.from({ length: senders }, work)).then(() => undefined)
  // Who waits for something else meanwhile hears of it when it waits for the end.
  done.catch(() => undefined)
  const stop = (): void => {
    queue.length = 0
    stopping.abort()
  }
  return { traces, steps, sent: () => sent, refused: () => refused, done, stop }
}

// No connection is kept: one to a Collector that was killed would fail the next request.
const post = async (url: string, body: string): Promise<number> => {
  try {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const response = await fetch(url, { method: 'POST', headers, body })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 503
  }
}

const base = BigInt(Date.now()) * 1_000_000n

const spansOf = (traceId: string, count: number, characters: number, steps: Set<string>): object[] => {
  const root = randomBytes(8).toString('hex')
  const end = base + BigInt(count + 1) * 1_000_000n
  const thoughts = Array.from({ length: count }, (_, n) => {
    const spanId = randomBytes(8).toString('hex')
    steps.add(spanId)
    const content = JSON.stringify({ text: `${n} `.padEnd(characters, randomBytes(8).toString('hex')) })
    const at = String(base + BigInt(n + 1) * 1_000_000n)
    const attributes = [string('agent.step.type', 'thought'), string('agent.step.content', content)]
    return { traceId, spanId, parentSpanId: root, name: 'think', startTimeUnixNano: at, endTimeUnixNano: at, attributes }
  })
  const attributes = [string('agent.id', 'load')]
  const run = { traceId, spanId: root, name: 'run', startTimeUnixNano: String(base), endTimeUnixNano: String(end), attributes }
  return [...thoughts, run]
}

const string = (key: string, value: string) => ({ key, value: { stringValue: value } })
