import { useEffect, useMemo, useRef } from 'react'
import type { StepItem } from '../model/api/step-item.ts'
import { duration } from './format.ts'
import { idleShare, type Scale, type Span } from './scale.ts'
import { RowOf } from './step-row.tsx'
import type { Row } from './step-rows.ts'
import { useNow } from './use-now.ts'
import type { Virtual } from './virtual.ts'

type Props = {
  readonly rows: readonly Row[]
  readonly spanOf: ReadonlyMap<string, Span>
  readonly origin: number
  readonly scale: Scale
  readonly at: number
  readonly late: ReadonlySet<string>
  readonly wide: boolean
  readonly virtual: Virtual
  readonly scroller: { current: HTMLDivElement | null }
  readonly onSelect: (index: number) => void
  readonly onToggle: (row: Row) => void
  readonly onScrollUp: () => void
}

/** The rows of a run: text and bar in one row, so that one scroll moves both. */
export const StepsView = (props: Props) => {
  const { rows, spanOf, origin, scale, at, late, wide, virtual, scroller, onSelect, onToggle, onScrollUp } = props
  const now = useNow()
  const top = useRef(0)
  return (
    <div className={wide ? 'steps wide' : 'steps'}>
      <Axis scale={scale} />
      <div
        className="scroller"
        ref={scroller}
        role="treegrid"
        aria-label="Steps"
        aria-rowcount={rows.length}
        tabIndex={at < 0 ? 0 : -1}
        onScroll={event => {
          const { scrollTop } = event.currentTarget
          if (scrollTop < top.current - 4) onScrollUp()
          top.current = scrollTop
        }}
      >
        <div className="rows" style={{ height: `${virtual.total}px` }} role="rowgroup">
          {virtual.items.map(({ index, key, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            const step = stepOf(row)
            return (
              <div key={key} className="place" style={{ transform: `translateY(${start}px)` }} role="presentation">
                <RowOf
                  row={row}
                  index={index}
                  of={rows.length}
                  selected={index === at}
                  late={step !== undefined && late.has(step.id)}
                  span={step && spanOf.get(step.id)}
                  scale={scale}
                  nowMs={now - origin}
                  onSelect={() => onSelect(index)}
                  onToggle={() => onToggle(row)}
                />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

export const stepOf = (row: Row | undefined): StepItem | undefined =>
  row?.kind === 'step' ? row.step : row?.kind === 'group' ? row.first : undefined

const Axis = ({ scale }: { readonly scale: Scale }) => (
  <div className="step axis" aria-hidden="true">
    <span className="num seq">#</span>
    <span className="kind">type</span>
    <span className="said">step</span>
    <span className="num figures">tokens, cost</span>
    <span className="num lasts">took</span>
    <span className="lane">
      {scale.ticks.map(({ at, ms }) => (
        <span key={ms} className="tick" style={{ left: `${at * 100}%` }}>
          {duration(ms)}
        </span>
      ))}
      {scale.breaks.map(at => (
        <span key={at} className="break" style={{ left: `${at * 100}%` }} />
      ))}
    </span>
  </div>
)

/** How much of a run nothing happened, where leaving that out would help. */
export const useIdle = (stretches: Parameters<typeof idleShare>[0], total: number): number | undefined => {
  const share = useMemo(() => idleShare(stretches, total), [stretches, total])
  return share > 0.5 ? share : undefined
}

/** Puts the keyboard's focus on the selected row, where the page itself has it and nobody types. */
export const useRowFocus = (at: number): void => {
  useEffect(() => {
    const focused = document.activeElement
    if (at < 0 || (focused !== null && focused !== document.body && focused.closest('.scroller, main') === null)) return
    if (focused instanceof HTMLElement && focused.matches('input, select, textarea, button, a')) return
    document.getElementById(`row-${at}`)?.focus({ preventScroll: true })
  }, [at])
}
