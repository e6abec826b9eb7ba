import { useCallback, useEffect, useRef, useState } from 'react'
import type { RunItem, RunItemPage } from '../model/api/run-item.ts'
import { followEvents, type StreamState } from './events.ts'
import { askJson, type RequestError } from './request.ts'
import { problemFrom } from './use-answer.ts'

export type Runs = {
  readonly items: readonly RunItem[]
  readonly loaded: boolean
  readonly error: RequestError | undefined
  readonly hasMore: boolean
  readonly more: () => void
  readonly again: () => void
  /** Runs that have come and are not shown yet. */
  readonly waiting: number
  readonly showWaiting: () => void
  readonly stream: StreamState | undefined
}

type Options = { readonly query: string; readonly live: boolean; readonly mayInsert: () => boolean }

const pageSize = 100
const paintMs = 700

/** A list of runs, newest first, that grows at its end on demand and at its head as runs come. */
export const useRuns = ({ query, live, mayInsert }: Options): Runs => {
  const [items, setItems] = useState<readonly RunItem[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [loaded, setLoaded] = useState(false)
  const [error, setError] = useState<RequestError>()
  const [fresh, setFresh] = useState<readonly RunItem[]>([])
  const [stream, setStream] = useState<StreamState>()
  const [round, setRound] = useState(0)
  const held = useRef(items)
  held.current = items
  const path = useCallback((cursor: string | null) => pathOf(query, cursor), [query])

  useEffect(() => {
    const gone = new AbortController()
    askJson<RunItemPage>(path(null), { signal: gone.signal })
      .then(page => {
        setItems(page.items)
        setNext(page.next)
        setFresh([])
        setError(undefined)
      })
      .catch((problem: unknown) => !gone.signal.aborted && setError(problemFrom(problem)))
      .finally(() => !gone.signal.aborted && setLoaded(true))
    return () => gone.abort()
  }, [path, round])

  useEffect(() => {
    if (!live) return setStream(undefined)
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      timer = undefined
      const page = await askJson<RunItemPage>(path(null)).catch(() => undefined)
      if (page === undefined) return
      const known = new Map(page.items.map(it => [it.id, it]))
      const old = held.current
      const news = page.items.filter(it => !old.some(other => other.id === it.id))
      const updated = old.map(it => known.get(it.id) ?? it)
      setError(undefined)
      if (mayInsert()) setItems([...news, ...updated])
      else setItems(updated)
      setFresh(mayInsert() ? [] : news)
    }
    const stop = followEvents({
      path: '/api/events?kinds=run',
      onState: setStream,
      onTold: () => {
        timer ??= setTimeout(() => void look(), paintMs)
      },
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [live, path, mayInsert])

  return {
    items,
    loaded,
    error,
    hasMore: next !== null,
    again: () => setRound(it => it + 1),
    more: () => {
      if (next === null) return
      setNext(null)
      askJson<RunItemPage>(path(next)).then(
        page => {
          setItems(old => [...old, ...page.items.filter(it => !old.some(other => other.id === it.id))])
          setNext(page.next)
        },
        (problem: unknown) => {
          setNext(next)
          setError(problemFrom(problem))
        },
      )
    },
    waiting: fresh.length,
    showWaiting: () => {
      setItems(old => [...fresh, ...old.filter(it => !fresh.some(other => other.id === it.id))])
      setFresh([])
    },
    stream,
  }
}

const pathOf = (query: string, cursor: string | null): string => {
  const parameters = new URLSearchParams({ limit: String(pageSize) })
  if (query !== '') parameters.set('q', query)
  if (cursor !== null) parameters.set('cursor', cursor)
  return `/api/runs?${parameters}`
}
