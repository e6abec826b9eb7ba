import { settings } from './settings.ts'
import { taste } from './taste.ts'

/** What the server said was wrong, or that it was not there (status 0). */
export class RequestError extends Error {
  readonly status: number
  readonly title: string
  readonly mistakes: readonly string[]
  constructor(status: number, title: string, detail: string, mistakes: readonly string[] = []) {
    super(detail)
    this.status = status
    this.title = title
    this.mistakes = mistakes
  }
}

type Listener = (answer: { readonly reached: boolean; readonly build: string | null }) => void
const listeners = new Set<Listener>()

/** Hears of every answer, and of none. */
export const onAnswer = (listener: Listener): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const headers = (): Record<string, string> => {
  const token = taste('token', '')
  return token === '' ? {} : { authorization: `Bearer ${token}` }
}

/** Asks the server, below its base path. Rejects with RequestError. */
export const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
  let response: Response
  try {
    response = await fetch(settings.base + path, { ...init, headers: { ...headers(), ...init.headers } })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    for (const listener of listeners) listener({ reached: false, build: null })
    throw new RequestError(0, 'The server does not answer', 'Is runledger still running? The page tries again by itself.')
  }
  for (const listener of listeners) listener({ reached: true, build: response.headers.get('x-runledger-build') })
  if (!response.ok) throw await errorFrom(response)
  return response
}

const errorFrom = async (response: Response): Promise<RequestError> => {
  const text = await response.text()
  try {
    const { title, detail, errors = [] } = JSON.parse(text)
    const mistakes = Array.isArray(errors) ? errors.map(it => String(it?.detail ?? '')) : []
    return new RequestError(response.status, String(title), String(detail), mistakes)
  } catch {
    return new RequestError(response.status, `Status ${response.status}`, text.slice(0, 300))
  }
}

/** JSON of a type the server's schemas vouch for. */
export const askJson = async <T>(path: string, init?: RequestInit): Promise<T> => {
  const answer: T = await (await ask(path, init)).json()
  return answer
}
