import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuOf, percentile } from './machine.ts'
import type { Read, ReadingOrder } from './reading.ts'
import { bodyOf, runOf } from './spans.ts'

const readers = 200
const framesPerSecond = 1_000
const spansARequest = 64
/** So little is sent that waiting for each other does not decide how long an acknowledgement takes. */
const requestsPerSecond = 20
const phaseSeconds = 3
const settleMs = 500

export type ReadersResult = {
  readonly rounds: number
  /** Delivered to all readers together. */
  readonly framesPerSecond: number
  /** Median of an acknowledgement, ms, without readers and with them. */
  readonly aloneMs: number
  readonly besideMs: number
  /** Of each round's acknowledgement with readers to the mean of the rounds' without, before and behind it: quartiles over the rounds. */
  readonly ratios: { readonly low: number; readonly median: number; readonly high: number }
  /** Of one core, the server's, without readers and with them. */
  readonly cpuAlone: number
  readonly cpuBeside: number
}

/** `cpu` in cores, `frames` a second. */
type Phase = { readonly ms: readonly number[]; readonly cpu: number; readonly frames: number }

/**
 * What 200 readers of all runs' events cost who sends: requests at a fixed rate, in turn without readers and with 200 that are
 * told 1,000 frames a second in all, beginning and ending without, so that a machine that changes meanwhile changes both.
 */
export const readersCost = async (
  server: { readonly api: string; readonly pid: number },
  seconds: number,
  say: (text: string) => void,
): Promise<ReadersResult> => {
  const reading = fork(new URL('./reading.ts', import.meta.url))
  const stop = new AbortController()
  const told = tellRegularly(server.api, stop.signal)
  const phase = async (): Promise<Phase> => {
    const [cpu, started] = [cpuOf(server.pid), performance.now()]
    const from = await order(reading, { kind: 'count' })
    const ms = await sendRequests(server.api, phaseSeconds)
    const { frames } = await order(reading, { kind: 'count' })
    // Longer than it should be where the machine is busy.
    const taken = (performance.now() - started) / 1_000
    return { ms, cpu: (cpuOf(server.pid) - cpu) / taken, frames: (frames - from.frames) / taken }
  }
  try {
    await phase()
    const alone = [await phase()]
    const beside: Phase[] = []
    while (beside.length < Math.max(3, seconds / phaseSeconds / 2)) {
      await order(reading, { kind: 'open', url: `${server.api}/api/events?agent=watched`, readers })
      await sleep(settleMs)
      beside.push(await phase())
      await order(reading, { kind: 'close' })
      await sleep(settleMs)
      alone.push(await phase())
      say(`round ${beside.length}: ${medianMs(beside.at(-1)).toFixed(1)} ms with readers, ${medianMs(alone.at(-1)).toFixed(1)} ms without`)
    }
    return resultOf(alone, beside)
  } finally {
    stop.abort()
    await told
    reading.disconnect()
  }
}

const medianMs = (phase: Phase | undefined): number => percentile(phase?.ms ?? [], 0.5)

const resultOf = (alone: readonly Phase[], beside: readonly Phase[]): ReadersResult => {
  const ratios = beside.map((phase, n) => (2 * medianMs(phase)) / (medianMs(alone[n]) + medianMs(alone[n + 1])))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const all = (phases: readonly Phase[]): number =>
    percentile(
      phases.flatMap(({ ms }) => ms),
      0.5,
    )
  return {
    rounds: beside.length,
    framesPerSecond: mean(beside.map(({ frames }) => frames)),
    aloneMs: all(alone),
    besideMs: all(beside),
    ratios: { low: percentile(ratios, 0.25), median: percentile(ratios, 0.5), high: percentile(ratios, 0.75) },
    cpuAlone: mean(alone.map(({ cpu }) => cpu)),
    cpuBeside: mean(beside.map(({ cpu }) => cpu)),
  }
}

const order = (reading: ChildProcess, order: ReadingOrder): Promise<Read> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`The readers ended with ${code}`))
    reading.once('exit', ended)
    reading.once('message', (read: Read) => {
      reading.off('exit', ended)
      resolve(read)
    })
    reading.send(order)
  })

const post = async (otlp: string, body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>>): Promise<void> => {
  const answer = await fetch(new URL('/v1/traces', otlp), { method: 'POST', headers, body })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`The server answered ${answer.status}`)
}

/** Returns how long each acknowledgement took, ms. */
const sendRequests = async (otlp: string, seconds: number): Promise<readonly number[]> => {
  const taken: number[] = []
  const started = performance.now()
  for (let n = 0; n < seconds * requestsPerSecond; n += 1) {
    const body = new Uint8Array(bodyOf(runOf(spansARequest, 0, Date.now()).spans))
    const due = started + (n * 1_000) / requestsPerSecond
    if (due > performance.now()) await sleep(due - performance.now())
    const from = performance.now()
    await post(otlp, body, { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' })
    taken.push(performance.now() - from)
  }
  return taken
}

/** A run of its own in each request: with a step and a change of the run it makes two frames for each reader. */
const tellRegularly = async (otlp: string, signal: AbortSignal): Promise<void> => {
  const pauseMs = (readers * 2 * 1_000) / framesPerSecond
  const started = performance.now()
  for (let n = 1; !signal.aborted; n += 1) {
    await post(otlp, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [toldSpan()] }] }] }), { 'content-type': 'application/json' })
    await sleep(Math.max(0, started + n * pauseMs - performance.now()))
  }
}

const toldSpan = (): object => {
  const now = BigInt(Date.now()) * 1_000_000n
  const attributes = { 'agent.id': 'watched', 'agent.step.type': 'thought', 'agent.step.content': '{"text":"told"}' }
  return {
    traceId: randomHex(16),
    spanId: randomHex(8),
    name: 'told',
    startTimeUnixNano: String(now - 1_000_000n),
    endTimeUnixNano: String(now),
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  }
}

const randomHex = (bytes: number): string => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
