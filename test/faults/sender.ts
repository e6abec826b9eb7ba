import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a Collector does: keeps a batch until it is acknowledged, tries again on 429, 502, 503, 504 and network errors. */
export type Sender = {
  /** Span ids acknowledged so far, and those that may or may not be. */
  readonly acknowledged: Set<string>
  readonly refused: string[]
  readonly stop: () => Promise<void>
}

const senders = 4
const spansABatch = 16
const retryMs = 50
const answerMs = 5_000
const retried = new Set([429, 502, 503, 504])

/** Sends batches of steps over a few runs until stopped; `endpoint` says where the server is now. */
export const startSending = (endpoint: () => string, random: () => number): Sender => {
  const acknowledged = new Set<string>()
  const refused: string[] = []
  const stopping = new AbortController()
  const traces = Array.from({ length: 5 }, () => randomBytes(16).toString('hex'))
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const spans = Array.from({ length: spansABatch }, () => step(traces[Math.floor(random() * traces.length)] ?? '', random))
      const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
      while (!stopping.signal.aborted) {
        const status = await post(endpoint(), body)
        if (status === 200) {
          for (const { traceId, spanId } of spans) acknowledged.add(`${traceId}/${spanId}`)
          break
        }
        if (!retried.has(status)) {
          refused.push(`answered ${status}`)
          break
        }
        await sleep(retryMs)
      }
      await sleep(random() * 10)
    }
  }
  const working = Promise.all(Array.from({ length: senders }, work))
  return {
    acknowledged,
    refused,
    stop: async () => {
      stopping.abort()
      await working
    },
  }
}

const post = async (endpoint: string, body: string): Promise<number> => {
  try {
    const response = await fetch(`${endpoint}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(answerMs),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 503
  }
}

const step = (traceId: string, random: () => number) => {
  const at = String(BigInt(Date.now()) * 1_000_000n + BigInt(Math.floor(random() * 1e6)))
  const attributes = [
    { key: 'agent.step.type', value: { stringValue: 'thought' } },
    { key: 'agent.step.content', value: { stringValue: JSON.stringify({ text: `thought ${random()}` }) } },
  ]
  return {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    name: 'thought',
    kind: 1,
    startTimeUnixNano: at,
    endTimeUnixNano: at,
    attributes,
  }
}
