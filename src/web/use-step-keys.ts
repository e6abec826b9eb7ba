import type { StepItem } from '../model/api/step-item.ts'
import { copy } from './copy-box.tsx'
import { visible } from './format.ts'
import { neighbour, toggleMark } from './marks.ts'
import { navigate, setQuery } from './router.ts'
import type { Span } from './scale.ts'
import { isFailed, type Row } from './step-rows.ts'
import { useKeys } from './use-keys.ts'
import { type View, views } from './view.ts'

type Keyed = {
  readonly rows: readonly Row[]
  readonly at: number
  readonly id: string
  readonly view: View
  readonly opened: boolean
  readonly follows: boolean
  readonly showsFolded: boolean
  readonly total: number
  readonly window: Span
  readonly virtual: { readonly perPage: number }
  readonly select: (index: number) => void
  readonly move: (index: number) => void
  readonly toggle: (row: Row) => void
  readonly zoom: (window: Span | undefined) => void
  readonly linkOf: (step: StepItem) => string | undefined
  readonly setFollows: (on: boolean) => void
  readonly setShowsFolded: (on: boolean) => void
  readonly setFoldAll: (fold: boolean) => void
}

/** What keys do on a run. */
export const useStepKeys = (keyed: Keyed): void => {
  useKeys('run', { ...moving(keyed), ...folding(keyed), ...looking(keyed), ...copying(keyed) })
}

type Actions = Readonly<Record<string, () => void>>

const moving = ({ rows, at, virtual, move, setFollows }: Keyed): Actions => {
  const find = (by: 1 | -1, wanted: (row: Row) => boolean) => (): void => {
    let n = at + by
    for (let row = rows[n]; row !== undefined && !wanted(row); row = rows[n]) n += by
    if (rows[n] !== undefined) move(n)
  }
  const failed = (row: Row): boolean => (row.kind === 'step' ? isFailed(row.step) : row.kind === 'group' && !row.isOpen && row.failed > 0)
  const matches = (row: Row): boolean => row.kind === 'step' && row.matches
  return {
    next: () => move(at + 1),
    previous: () => move(at - 1),
    first: () => move(0),
    last: () => {
      move(rows.length - 1)
      setFollows(true)
    },
    pageDown: () => move(at + virtual.perPage),
    pageUp: () => move(at - virtual.perPage),
    nextError: find(1, failed),
    previousError: find(-1, failed),
    nextMatch: find(1, matches),
    previousMatch: find(-1, matches),
  }
}

const folding = ({ rows, at, opened, select, move, toggle, setFoldAll }: Keyed): Actions => {
  const row = rows[at]
  const parent = (): number => {
    const depth = row?.depth ?? 0
    for (let n = at - 1; n >= 0; n -= 1) if ((rows[n]?.depth ?? 0) < depth) return n
    return at
  }
  return {
    open: () => {
      if (row?.kind === 'group') toggle(row)
      else if (opened) setQuery({ step: null })
      else select(Math.max(0, at))
    },
    expand: () => {
      if (row?.kind === 'group' && !row.isOpen) toggle(row)
      else if (row?.kind === 'group') move(at + 1)
    },
    collapse: () => {
      if (row?.kind === 'group' && row.isOpen) toggle(row)
      else move(parent())
    },
    collapseAll: () => setFoldAll(true),
    expandAll: () => setFoldAll(false),
    close: () => setQuery(opened ? { step: null } : { q: null, kinds: null }),
  }
}

const looking = ({ id, follows, showsFolded, total, window, zoom, setFollows, setShowsFolded, ...rest }: Keyed): Actions => {
  const step = stepAt(rest)
  const scaled = (factor: number) => (): void => {
    const middle = (window.start + window.end) / 2
    const half = ((window.end - window.start) / 2) * factor
    const next = { start: Math.max(0, middle - half), end: Math.min(total, middle + half) }
    zoom(next.end - next.start >= total ? undefined : next)
  }
  const link = step && rest.linkOf(step)
  const go = (by: number) => (): void => {
    const other = neighbour(id, by)
    if (other !== undefined) navigate(`/runs/${other}`)
  }
  return {
    search: () => document.getElementById('filter')?.focus(),
    ...Object.fromEntries(views.map((view, n) => [`view${n + 1}`, () => setQuery({ view: view === 'steps' ? null : view })])),
    zoomIn: scaled(0.5),
    zoomOut: scaled(2),
    zoomFit: () => zoom(undefined),
    folded: () => setShowsFolded(!showsFolded),
    nextRun: go(1),
    previousRun: go(-1),
    mark: () => toggleMark(id),
    jaeger: () => void (link !== undefined && open(link, '_blank', 'noreferrer')),
    live: () => setFollows(!follows),
  }
}

const stepAt = ({ rows, at }: Pick<Keyed, 'rows' | 'at'>): StepItem | undefined => {
  const row = rows[at]
  return row?.kind === 'step' ? row.step : undefined
}

const copying = (keyed: Keyed): Actions => {
  const step = stepAt(keyed)
  const ifStep = (text: (step: StepItem) => string | null, what: string) => (): void => {
    const said = step === undefined ? null : text(step)
    if (said !== null) copy(said, what)
  }
  return {
    copyLink: () => copy(location.href, 'Link'),
    copyRun: () => copy(keyed.id, 'Run id'),
    copyTrace: ifStep(it => it.trace_id, 'Trace id'),
    copySpan: ifStep(it => it.span_id, 'Span id'),
    copyValue: ifStep(it => it.preview, 'Value'),
    copyMarkdown: ifStep(it => `**#${it.sequence} ${it.type}** ${it.name ?? ''}\n\n${visible(it.preview)}\n`, 'Markdown'),
  }
}
