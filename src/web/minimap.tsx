import { useMemo, useRef, useState } from 'react'
import type { StepItem } from '../model/api/step-item.ts'
import { duration } from './format.ts'
import type { Span } from './scale.ts'
import { isFailed } from './step-rows.ts'

type Props = {
  readonly steps: readonly StepItem[]
  readonly spans: readonly Span[]
  readonly total: number
  readonly window: Span
  readonly onZoom: (window: Span | undefined) => void
}

const columns = 240

/** The whole run at a glance: how much went on, and where it failed. Dragging chooses a window of time. */
export const Minimap = ({ steps, spans, total, window, onZoom }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const [from, setFrom] = useState<number>()
  const [busy, failed] = useMemo(() => pathsOf(steps, spans, total), [steps, spans, total])
  const timeAt = (x: number): number => {
    const { left, width } = box.current?.getBoundingClientRect() ?? { left: 0, width: 1 }
    return Math.max(0, Math.min(1, (x - left) / width)) * total
  }
  if (total === 0) return null
  return (
    <div
      className="minimap"
      ref={box}
      role="img"
      aria-label={`${steps.length} steps in ${duration(total)}`}
      onPointerDown={event => setFrom(timeAt(event.clientX))}
      onPointerUp={event => {
        const to = timeAt(event.clientX)
        if (from !== undefined && Math.abs(to - from) > total / 200) onZoom({ start: Math.min(from, to), end: Math.max(from, to) })
        setFrom(undefined)
      }}
      onDblClick={() => onZoom(undefined)}
    >
      <svg viewBox={`0 0 ${columns} 20`} preserveAspectRatio="none" aria-hidden="true">
        <path className="busy" d={busy} />
        <path className="failed" d={failed} />
      </svg>
      <span
        className="window"
        style={{ left: `${(window.start / total) * 100}%`, width: `${((window.end - window.start) / total) * 100}%` }}
      />
    </div>
  )
}

const pathsOf = (steps: readonly StepItem[], spans: readonly Span[], total: number): readonly [string, string] => {
  const busy = new Array<number>(columns).fill(0)
  const failed = new Array<boolean>(columns).fill(false)
  for (const [n, { start, end }] of spans.entries()) {
    const [first, last] = [start, end].map(ms => Math.min(columns - 1, Math.floor((ms / Math.max(total, 1)) * columns)))
    for (let at = first ?? 0; at <= (last ?? 0); at += 1) busy[at] = (busy[at] ?? 0) + 1
    const step = steps[n]
    if (step !== undefined && isFailed(step)) failed[last ?? 0] = true
  }
  const most = Math.max(1, ...busy)
  const bars = busy.flatMap((n, at) => (n === 0 ? [] : [`M${at} 20v${-(3 + (n / most) * 15)}h1V20z`]))
  return [bars.join(''), failed.flatMap((it, at) => (it ? [`M${at} 20v-20h1.5v20z`] : [])).join('')]
}
