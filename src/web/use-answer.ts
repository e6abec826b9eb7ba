import { useEffect, useState } from 'react'
import { askJson, RequestError } from './request.ts'

export type Answer<T> = {
  /** The newest answer; an older one while another is on its way. */
  readonly value: T | undefined
  readonly error: RequestError | undefined
  readonly loading: boolean
  readonly again: () => void
}

type State<T> = { readonly path: string | undefined; readonly value: T | undefined; readonly error: RequestError | undefined }

/** What the server answers to `path`, asked again every `everyMs`, where that is given, and when it changes. */
export const useAnswer = <T>(path: string | undefined, everyMs?: number): Answer<T> => {
  const [state, setState] = useState<State<T>>({ path: undefined, value: undefined, error: undefined })
  const [round, setRound] = useState(0)
  useEffect(() => {
    if (path === undefined) return
    const gone = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const next = (): void => {
      if (everyMs !== undefined && !gone.signal.aborted) timer = setTimeout(() => setRound(it => it + 1), everyMs)
    }
    askJson<T>(path, { signal: gone.signal })
      .then(value => setState({ path, value, error: undefined }))
      .catch((error: unknown) => {
        if (!gone.signal.aborted) setState(old => ({ path, value: old.path === path ? old.value : undefined, error: problemFrom(error) }))
      })
      .finally(next)
    return () => {
      gone.abort()
      clearTimeout(timer)
    }
  }, [path, round, everyMs])
  const isOurs = state.path === path
  return {
    value: state.value,
    error: isOurs ? state.error : undefined,
    loading: path !== undefined && !isOurs,
    again: () => setRound(it => it + 1),
  }
}

export const problemFrom = (error: unknown): RequestError =>
  error instanceof RequestError ? error : new RequestError(0, 'The page failed', error instanceof Error ? error.message : String(error))
