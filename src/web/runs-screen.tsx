import { useCallback, useEffect, useRef, useState } from 'react'
import { copy } from './copy-box.tsx'
import { Facets } from './facets.tsx'
import { FirstRun } from './first-run.tsx'
import { many } from './format.ts'
import { compareMarked } from './header.tsx'
import { rememberList, toggleMark, useMarks } from './marks.ts'
import { Peek } from './peek.tsx'
import { ProblemBox } from './problem.tsx'
import { href, navigate, setQuery, usePlace } from './router.ts'
import { RunRow } from './run-row.tsx'
import { Skeleton } from './skeleton.tsx'
import { useKeys } from './use-keys.ts'
import { useNow } from './use-now.ts'
import { type Runs, useRuns } from './use-runs.ts'
import { useVirtual } from './virtual.ts'

const rowHeight = 48

/** Every run, newest first, and those that come. */
export const RunsScreen = () => {
  const { query } = usePlace()
  const q = query.get('q') ?? ''
  const [live, setLive] = useState(true)
  const [selected, setSelected] = useState<string>()
  const [peeks, setPeeks] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const calm = useRef({ selected })
  calm.current = { selected }
  const mayInsert = useCallback(() => calm.current.selected === undefined && (scroller.current?.scrollTop ?? 0) < 10, [])
  const runs = useRuns({ query: q, live, mayInsert })
  useEffect(() => {
    document.title = 'Runs · runledger'
  }, [])
  useEffect(() => rememberList(runs.items.map(it => it.id)), [runs.items])
  if (runs.error !== undefined && runs.items.length === 0 && runs.error.status !== 400)
    return <ProblemBox error={runs.error} what="list" onRetry={runs.again} />
  if (runs.loaded && runs.items.length === 0 && q === '') return <FirstRun />
  return (
    <div className="runs">
      <Facets query={q} onQuery={it => setQuery({ q: it })} />
      <section className="runs-main" aria-label="Runs">
        <h1 className="unseen">Runs</h1>
        <QueryBar
          query={q}
          error={runs.error?.mistakes.join(' ') || runs.error?.message}
          live={live}
          onLive={() => setLive(!live)}
          runs={runs}
        />
        <List
          runs={runs}
          scroller={scroller}
          selected={selected}
          onSelect={setSelected}
          onPeek={setPeeks}
          peeks={peeks}
          onLive={() => setLive(!live)}
        />
      </section>
      {peeks && selected !== undefined && <Peek run={selected} onClose={() => setPeeks(false)} />}
    </div>
  )
}

type BarProps = {
  readonly query: string
  readonly error: string | undefined
  readonly live: boolean
  readonly onLive: () => void
  readonly runs: Runs
}

const QueryBar = ({ query, error, live, onLive, runs }: BarProps) => {
  const [text, setText] = useState(query)
  useEffect(() => setText(query), [query])
  const exported = `/api/runs?limit=500${query === '' ? '' : `&q=${encodeURIComponent(query)}`}`
  return (
    <search className="bar">
      <form
        onSubmit={event => {
          event.preventDefault()
          setQuery({ q: text.trim() }, { replace: false })
        }}
      >
        <input
          id="search"
          type="search"
          aria-label="Search runs"
          aria-describedby="search-error"
          placeholder="status:failed agent:planner cost>0.10 duration>30s has:gap words"
          value={text}
          onInput={event => setText(event.currentTarget.value)}
        />
        <button type="submit">Search</button>
      </form>
      <button type="button" className={live ? 'live on' : 'live'} aria-pressed={live} onClick={onLive}>
        <span className="pulse" aria-hidden="true" /> {live ? (runs.stream?.kind === 'lost' ? 'Reconnecting' : 'Live') : 'Paused'}
      </button>
      <a className="button" href={href(exported)} download="runs.json">
        JSON
      </a>
      <p id="search-error" className="bad" role="status">
        {error}
      </p>
    </search>
  )
}

type ListProps = {
  readonly runs: Runs
  readonly scroller: { current: HTMLDivElement | null }
  readonly selected: string | undefined
  readonly peeks: boolean
  readonly onSelect: (run: string | undefined) => void
  readonly onPeek: (on: boolean) => void
  readonly onLive: () => void
}

const List = ({ runs, scroller, selected, peeks, onSelect, onPeek, onLive }: ListProps) => {
  const now = useNow()
  const marks = useMarks()
  const { items } = runs
  const virtual = useVirtual({ count: items.length, scroller, height: () => rowHeight, keyOf: n => items[n]?.id ?? n })
  const at = items.findIndex(it => it.id === selected)
  const go = (to: number): void => {
    const index = Math.max(0, Math.min(items.length - 1, to))
    onSelect(items[index]?.id)
    virtual.show(index)
  }
  const find = (by: 1 | -1): void => {
    let n = at + by
    for (let it = items[n]; it !== undefined && it.errors === 0 && it.status !== 'failed'; it = items[n]) n += by
    if (items[n] !== undefined) go(n)
  }
  const showNew = (): void => {
    runs.showWaiting()
    virtual.show(0)
  }
  const run = items[at]
  const ifRun = (act: (id: string) => void) => (): void => void (run && act(run.id))
  useKeys('runs', {
    search: () => document.getElementById('search')?.focus(),
    next: () => go(at + 1),
    previous: () => go(at - 1),
    first: () => go(0),
    last: () => go(items.length - 1),
    pageDown: () => go(at + virtual.perPage),
    pageUp: () => go(at - virtual.perPage),
    open: ifRun(id => navigate(`/runs/${id}`)),
    peek: () => onPeek(!peeks),
    nextError: () => find(1),
    previousError: () => find(-1),
    mark: ifRun(toggleMark),
    compare: compareMarked,
    live: onLive,
    copyLink: ifRun(id => copy(location.origin + href(`/runs/${id}`), 'Link')),
    copyRun: ifRun(id => copy(id, 'Run id')),
    close: () => (peeks ? onPeek(false) : onSelect(undefined)),
  })
  const lastShown = virtual.items.at(-1)?.index ?? 0
  useEffect(() => {
    if (runs.hasMore && lastShown >= items.length - 20) runs.more()
  })
  if (!runs.loaded) return <Skeleton rows={12} />
  return (
    <>
      <div className="run run-heads" aria-hidden="true">
        <span>Status</span>
        <span>Agent</span>
        <span />
        <span className="num">Steps</span>
        <span className="num">Duration</span>
        <span className="num run-tokens">Tokens in / out</span>
        <span className="num run-cost">Cost</span>
        <span className="num run-ago">Started</span>
      </div>
      {runs.waiting > 0 && (
        <button type="button" className="pill" onClick={showNew}>
          {many(runs.waiting, 'new run')} ↑
        </button>
      )}
      {items.length === 0 && runs.error === undefined && <Nothing />}
      <div className="scroller" ref={scroller} tabIndex={0} role="list" aria-label="Runs">
        <div className="rows" style={{ height: `${virtual.total}px` }} role="presentation">
          {virtual.items.map(({ index, key, start }) => {
            const it = items[index]
            if (it === undefined) return null
            return (
              <div key={key} className="place" style={{ transform: `translateY(${start}px)` }} role="presentation">
                <RunRow run={it} now={now} selected={index === at} marked={marks.includes(it.id)} onSelect={() => onSelect(it.id)} />
              </div>
            )
          })}
        </div>
      </div>
      {runs.hasMore && (
        <button type="button" className="older" onClick={runs.more}>
          Older runs
        </button>
      )}
    </>
  )
}

const Nothing = () => (
  <section className="nothing">
    <h2>No run matches</h2>
    <p>Every condition of the search must hold.</p>
    <button type="button" onClick={() => setQuery({ q: null })}>
      Clear the search
    </button>
  </section>
)
