import { useEffect, useState } from 'react'
import { ask, type RequestError } from './request.ts'
import { problemFrom } from './use-answer.ts'

type Text = { readonly text?: string; readonly error?: RequestError }

/** Plain text from the server, asked for again when `revision` changes. */
export const useText = (path: string | undefined, revision = 0): Text => {
  const [state, setState] = useState<Text>({})
  useEffect(() => {
    if (path === undefined) return
    const gone = new AbortController()
    ask(path, { signal: gone.signal })
      .then(response => response.text())
      .then(text => setState({ text }))
      .catch((error: unknown) => !gone.signal.aborted && setState({ error: problemFrom(error) }))
    return () => gone.abort()
  }, [path, revision])
  return state
}
