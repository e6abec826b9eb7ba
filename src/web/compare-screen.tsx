import { useEffect, useMemo, useRef, useState } from 'react'
import type { ComparedRow, Comparison } from '../model/api/comparison.ts'
import type { RunItem } from '../model/api/run-item.ts'
import type { StepItem } from '../model/api/step-item.ts'
import { CompareDelta } from './compare-delta.tsx'
import { copy } from './copy-box.tsx'
import { line } from './format.ts'
import { compareLink } from './header.tsx'
import { IconOf } from './icons.tsx'
import { lineDiff } from './line-diff.ts'
import { useMarks } from './marks.ts'
import { ProblemBox } from './problem.tsx'
import { href, navigate, setQuery, usePlace } from './router.ts'
import { Status } from './run-marks.tsx'
import { Skeleton } from './skeleton.tsx'
import { useAnswer } from './use-answer.ts'
import { useKeys } from './use-keys.ts'
import { useVirtual } from './virtual.ts'

type Pair = { readonly a: string; readonly b: string }

/** Two runs side by side, aligned by what they did, with the first place where they part. */
export const CompareScreen = ({ a, b }: Pair) => {
  useEffect(() => {
    document.title = 'Compare · runledger'
  }, [])
  const ready = a !== '' && b !== ''
  const { value, error, again } = useAnswer<Comparison>(ready ? `/api/compare?${new URLSearchParams({ a, b })}` : undefined)
  if (!ready) return <Choose a={a} b={b} />
  if (error !== undefined) return <ProblemBox error={error} what="pair of runs" onRetry={again} />
  if (value === undefined) return <Skeleton rows={14} />
  return (
    <div className="compare">
      <header className="run-head">
        <div className="run-line">
          <h1>Compare</h1>
          <Side name="A" run={value.a} />
          <Side name="B" run={value.b} />
          <button type="button" onClick={() => navigate(compareLink([b, a]), { replace: true })}>
            Swap
          </button>
        </div>
        {value.notes.map(it => (
          <p key={it} className="notice">
            {line(it)}
          </p>
        ))}
        {value.truncated && <p className="notice">Only the first 5,000 steps of each were compared.</p>}
      </header>
      <CompareDelta deltas={value.deltas} />
      <Rows pair={{ a, b }} comparison={value} />
    </div>
  )
}

const Side = ({ name, run }: { readonly name: string; readonly run: RunItem }) => (
  <span className="side">
    <b>{name}</b> <a href={href(`/runs/${run.id}`)}>{line(run.agent_id)}</a> <Status status={run.status} />
  </span>
)

const Choose = ({ a, b }: Pair) => {
  const marks = useMarks()
  const [left, setLeft] = useState(a || marks[0] || '')
  const [right, setRight] = useState(b || marks[1] || '')
  return (
    <form
      className="nothing"
      onSubmit={event => {
        event.preventDefault()
        navigate(compareLink([left.trim(), right.trim()]))
      }}
    >
      <h1>Compare two runs</h1>
      <p>
        Mark two runs in the <a href={href('/runs')}>list</a> with <kbd>x</kbd> and press <kbd>c</kbd>, or give their ids.
      </p>
      <p>
        <label>
          A <input className="id" value={left} onInput={event => setLeft(event.currentTarget.value)} />
        </label>
      </p>
      <p>
        <label>
          B <input className="id" value={right} onInput={event => setRight(event.currentTarget.value)} />
        </label>
      </p>
      <button type="submit">Compare</button>
    </form>
  )
}

const rowHeight = 30

const Rows = ({ pair, comparison }: { readonly pair: Pair; readonly comparison: Comparison }) => {
  const { rows, first_divergence: first } = comparison
  const { query } = usePlace()
  const scroller = useRef<HTMLDivElement>(null)
  const at = Number(query.get('row') ?? -1)
  const [opened, setOpened] = useState(false)
  const virtual = useVirtual({ count: rows.length, scroller, height: () => rowHeight, keyOf: n => n })
  const go = (to: number): void => {
    const index = Math.max(0, Math.min(rows.length - 1, to))
    setQuery({ row: String(index) })
    virtual.show(index)
  }
  const show = (index: number): void => {
    go(index)
    setOpened(true)
  }
  const find = (by: 1 | -1) => (): void => {
    let n = at + by
    while (n >= 0 && n < rows.length && rows[n]?.same !== false) n += by
    if (rows[n] !== undefined) go(n)
  }
  useKeys('compare', {
    next: () => go(at + 1),
    previous: () => go(at - 1),
    first: () => go(0),
    last: () => go(rows.length - 1),
    pageDown: () => go(at + virtual.perPage),
    pageUp: () => go(at - virtual.perPage),
    open: () => setOpened(!opened),
    nextDifference: find(1),
    previousDifference: find(-1),
    swap: () => navigate(compareLink([pair.b, pair.a]), { replace: true }),
    copyLink: () => copy(location.href, 'Link'),
    close: () => setOpened(false),
  })
  const row = rows[at]
  return (
    <>
      <div className="bar">
        {first === null ? (
          <span>Both did the same.</span>
        ) : (
          <button type="button" className="divergence" onClick={() => show(first)}>
            First divergence: row {first + 1}, {placeOf(rows[first])}
          </button>
        )}
        <span className="note">
          {rows.filter(it => !it.same).length} of {rows.length} rows differ
        </span>
      </div>
      <div className="run-body">
        <div className="steps">
          <div className="scroller" ref={scroller} tabIndex={0} role="list" aria-label="Aligned steps">
            <div className="rows" style={{ height: `${virtual.total}px` }} role="presentation">
              {virtual.items.map(({ index, start }) => {
                const it = rows[index]
                if (it === undefined) return null
                return (
                  <div key={index} className="place" style={{ transform: `translateY(${start}px)` }} role="presentation">
                    <PairRow row={it} selected={index === at} isFirst={index === first} onSelect={() => show(index)} />
                  </div>
                )
              })}
            </div>
          </div>
        </div>
        {opened && row !== undefined && <Difference row={row} onClose={() => setOpened(false)} />}
      </div>
    </>
  )
}

const placeOf = (row: ComparedRow | undefined): string => `step ${row?.a?.sequence ?? '–'} of A, ${row?.b?.sequence ?? '–'} of B`

type RowProps = { readonly row: ComparedRow; readonly selected: boolean; readonly isFirst: boolean; readonly onSelect: () => void }

const PairRow = ({ row, selected, isFirst, onSelect }: RowProps) => (
  <div
    className={`pair ${wordOf(row).replaceAll(' ', '-')}${selected ? ' selected' : ''}${isFirst ? ' first-divergence' : ''}`}
    role="listitem"
    aria-current={selected || undefined}
    onClick={onSelect}
  >
    <Half step={row.a} />
    <span className="pair-word">{wordOf(row)}</span>
    <Half step={row.b} />
  </div>
)

const wordOf = ({ a, b, same }: ComparedRow): string => (a === null ? 'only B' : b === null ? 'only A' : same ? 'same' : 'differs')

const Half = ({ step }: { readonly step: StepItem | null }) =>
  step === null ? (
    <span className="half none" />
  ) : (
    <span className="half">
      <span className="num seq">{step.sequence}</span> <IconOf name={step.type} /> {step.name !== null && <b>{line(step.name)}</b>}{' '}
      {line(step.preview)}
    </span>
  )

const Difference = ({ row, onClose }: { readonly row: ComparedRow; readonly onClose: () => void }) => {
  const [a, b] = [useContent(row.a), useContent(row.b)]
  const lines = useMemo(() => lineDiff(a, b), [a, b])
  return (
    <aside className="detail" aria-label="Difference">
      <div className="detail-head">
        <h2>{placeOf(row)}</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      <pre className="diff" tabIndex={0}>
        {lines.map(({ side, text }, n) => (
          <span key={n} className={`diff-${side}`}>
            {side === 'a' ? '− ' : side === 'b' ? '+ ' : '  '}
            {line(text)}
            {'\n'}
          </span>
        ))}
      </pre>
    </aside>
  )
}

const maxDiffBytes = 262_144

const useContent = (step: StepItem | null): string => {
  const isSmall = step !== null && step.bytes <= maxDiffBytes
  const { value } = useAnswer<{ readonly content: unknown }>(isSmall ? `/api/runs/${step.run_id}/steps/${step.id}` : undefined)
  if (step === null) return ''
  if (!isSmall) return `${step.preview}\n… too large to be compared line by line`
  return value === undefined ? '' : JSON.stringify(value.content, null, 2).replaceAll('\\n', '\n')
}
