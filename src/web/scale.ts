import type { StepItem } from '../model/api/step-item.ts'

/** When a step began and ended, in milliseconds since the run's beginning. */
export type Span = { readonly start: number; readonly end: number }

/** A step's own time: what took time, an answer or a result, bears that of its end. */
const timeOf = (step: StepItem): number =>
  step.timestamp_unix_nano === null ? Date.parse(step.timestamp) : Number(BigInt(step.timestamp_unix_nano) / 1_000n) / 1_000

/** The spans of steps in order, from the first beginning on; and how long all of it took. */
export const spansFrom = (
  steps: readonly StepItem[],
): { readonly spans: readonly Span[]; readonly total: number; readonly origin: number } => {
  const ends = steps.map(timeOf)
  const starts = steps.map((step, n) => (ends[n] ?? 0) - (step.latency_ms ?? 0))
  const origin = starts.reduce((least, it) => Math.min(least, it), Number.POSITIVE_INFINITY)
  const spans = steps.map((_, n) => ({ start: (starts[n] ?? origin) - origin, end: (ends[n] ?? origin) - origin }))
  const total = spans.reduce((most, it) => Math.max(most, it.end), 0)
  return { spans, total, origin: Number.isFinite(origin) ? origin : 0 }
}

type Stretch = { readonly from: number; readonly to: number; readonly idle: boolean }

/** Time cut into what is busy and what is idle: where no span is, for longer than a fiftieth of the whole. */
export const stretchesOf = (spans: readonly Span[], total: number): readonly Stretch[] => {
  const least = total / 50
  const stretches: Stretch[] = []
  let [from, to] = [0, 0]
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    if (start - to > least) {
      stretches.push({ from, to, idle: false }, { from: to, to: start, idle: true })
      from = start
    }
    to = Math.max(to, end, start)
  }
  stretches.push({ from, to: Math.max(to, total), idle: false })
  return stretches
}

export const idleShare = (stretches: readonly Stretch[], total: number): number =>
  total === 0 ? 0 : stretches.reduce((sum, it) => sum + (it.idle ? it.to - it.from : 0), 0) / total

export type Scale = {
  /** A time as a share of the width, 0 to 1 where it is in view. */
  readonly at: (ms: number) => number
  readonly ticks: readonly { readonly at: number; readonly ms: number }[]
  readonly breaks: readonly number[]
}

const breakShare = 0.03
/** The label of a tick stands to its right; this share of a tick's part of the width it needs. */
const labelShare = 0.6

/** Lays the time of a window out on a width of 1, with about so many ticks; compressed, an idle stretch takes three hundredths of it. Pure. */
export const scaleOf = (window: Span, stretches: readonly Stretch[], compress: boolean, wantedTicks: number): Scale => {
  const idle = compress ? stretches.filter(it => it.idle && it.from >= window.start && it.to <= window.end) : []
  const length = Math.max(1e-6, window.end - window.start)
  const left = idle.reduce((sum, it) => sum + (it.to - it.from), 0)
  const perMs = (1 - idle.length * breakShare) / Math.max(1e-6, length - left)
  const at = (ms: number): number => {
    let x = (ms - window.start) * perMs
    for (const it of idle) {
      if (ms <= it.from) break
      const inside = Math.min(ms, it.to) - it.from
      x += (inside / (it.to - it.from)) * breakShare - inside * perMs
    }
    return x
  }
  const step = niceStep(length / wantedTicks)
  const lastTick = 1 - labelShare / wantedTicks
  const ticks = []
  for (let ms = Math.ceil(window.start / step) * step; ms <= window.end && ticks.length < 20; ms += step)
    if (at(ms) <= lastTick && !idle.some(it => ms > it.from && ms < it.to)) ticks.push({ at: at(ms), ms })
  return { at, ticks, breaks: idle.map(it => at((it.from + it.to) / 2)) }
}

const niceStep = (least: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-3)))
  return ([1, 2, 5, 10].find(it => it * power >= least) ?? 10) * power
}
