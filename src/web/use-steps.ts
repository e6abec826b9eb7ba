import { useEffect, useMemo, useRef, useState } from 'react'
import type { StepItem } from '../model/api/step-item.ts'
import type { Trace } from '../model/api/trace.ts'
import { setQuery, usePlace } from './router.ts'
import { type Span, scaleOf, spansFrom, stretchesOf } from './scale.ts'
import { type Row, rowsFrom } from './step-rows.ts'
import { useRowFocus } from './steps-view.tsx'
import type { RunView } from './use-run.ts'
import { useStepKeys } from './use-step-keys.ts'
import type { View } from './view.ts'
import { useVirtual } from './virtual.ts'

const rowHeight = typeof matchMedia === 'function' && matchMedia('(pointer: coarse)').matches ? 44 : 28

export type StepsState = ReturnType<typeof useSteps>

/** What the list of steps shows, where it stands and what keys do to it. All but what is folded is in the URL. */
export const useSteps = (data: RunView, trace: Trace | undefined, view: View) => {
  const { run, steps } = data
  const { query } = usePlace()
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [foldAll, setFoldAll] = useState<boolean>()
  const [showsFolded, setShowsFolded] = useState(false)
  const [compress, setCompress] = useState(false)
  const [follows, setFollows] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const filter = query.get('q') ?? ''
  const kindsText = query.get('kinds') ?? ''
  const kinds = useMemo(() => kindsText.split(',').filter(it => it !== ''), [kindsText])
  const goesOn = run?.settled_at === null && run.status !== 'completed' && run.status !== 'failed' && run.status !== 'cancelled'
  const rows = useMemo(() => rowsFrom({ steps, goesOn, filter, kinds, toggled, foldAll }), [steps, goesOn, filter, kinds, toggled, foldAll])
  const { spans, total, origin } = useMemo(() => spansFrom(steps), [steps])
  const stretches = useMemo(() => stretchesOf(spans, total), [spans, total])
  const spanOf = useMemo(() => new Map(steps.map((step, n) => [step.id, spans[n] ?? { start: 0, end: 0 }])), [steps, spans])
  const window = windowFrom(query.get('z'), total)
  const { start, end } = window
  const said = query.get('step')
  const ticks = view === 'timeline' ? 5 : said === null ? 3 : 2
  const scale = useMemo(() => scaleOf({ start, end }, stretches, compress, ticks), [start, end, stretches, compress, ticks])
  const virtual = useVirtual({ count: rows.length, scroller, height: () => rowHeight, keyOf: n => rows[n]?.key ?? n })
  const at = useMemo(
    () => (said === null ? -1 : rows.findIndex(row => row.kind !== 'gap' && row.kind !== 'group' && String(row.step.sequence) === said)),
    [rows, said],
  )
  const [focus, setFocus] = useState<string>()
  const focusAt = useMemo(() => rows.findIndex(it => it.key === focus), [rows, focus])
  const here = focusAt >= 0 ? focusAt : at
  useRowFocus(here)
  usePlaceKept(rows, scroller)
  const shown = useRef(false)
  useEffect(() => {
    if (shown.current || at < 0) return
    shown.current = true
    virtual.show(at, 'center')
  }, [at])
  useEffect(() => {
    if (follows && rows.length > 0) virtual.show(rows.length - 1, 'end')
  }, [follows, rows.length])

  const opened = said !== null
  const select = (index: number, opens = true): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row === undefined) return
    setFocus(row.key)
    virtual.show(rows.indexOf(row))
    if (row.kind === 'step' && (opens || opened)) setQuery({ step: String(row.step.sequence) })
  }
  const toggle = (row: Row): void => {
    if (row.kind === 'group') setToggled(old => new Map(old).set(row.key, !row.isOpen))
  }
  const zoom = (next: Span | undefined): void =>
    setQuery({ z: next === undefined ? null : `${Math.round(next.start)}-${Math.round(next.end)}` })
  const linkOf = (step: StepItem): string | undefined =>
    trace?.link_template != null && step.span_id !== null && step.trace_id === trace.trace_id
      ? trace.link_template.replace('{spanId}', step.span_id)
      : undefined
  const state = {
    rows,
    spans,
    total,
    origin,
    stretches,
    spanOf,
    window,
    scale,
    virtual,
    scroller,
    filter,
    kinds,
    at: here,
    opened,
    follows,
    compress,
    showsFolded,
    select: (index: number) => select(index),
    toggle,
    zoom,
    linkOf,
    stopFollowing: () => setFollows(false),
    setFollows,
    setCompress,
    setShowsFolded,
  }
  useStepKeys({
    ...state,
    id: data.id,
    view,
    move: index => select(index, false),
    setFoldAll: fold => {
      setToggled(new Map())
      setFoldAll(fold)
    },
  })
  return state
}

const windowFrom = (text: string | null, total: number): Span => {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text ?? '') ?? []
  if (from === undefined || to === undefined || Number(to) <= Number(from)) return { start: 0, end: Math.max(1, total) }
  return { start: Number(from), end: Math.min(Math.max(1, total), Number(to)) }
}

/** What is being read stays where it is when rows come above it. */
const usePlaceKept = (rows: readonly Row[], scroller: { readonly current: HTMLDivElement | null }): void => {
  const before = useRef<readonly Row[]>(rows)
  useEffect(() => {
    const old = before.current
    before.current = rows
    const box = scroller.current
    if (box === null || old === rows || box.scrollTop === 0) return
    const top = old[Math.floor(box.scrollTop / rowHeight)]
    const now = top === undefined ? -1 : rows.findIndex(it => it.key === top.key)
    const moved = now - Math.floor(box.scrollTop / rowHeight)
    if (now >= 0 && moved !== 0) box.scrollTop += moved * rowHeight
  }, [rows, scroller])
}
