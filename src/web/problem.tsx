import { useState } from 'react'
import type { RequestError } from './request.ts'
import { setTaste } from './taste.ts'

type Props = { readonly error: RequestError; readonly what: string; readonly onRetry: () => void }

/** What went wrong and what to do about it. */
export const ProblemBox = ({ error, what, onRetry }: Props) => {
  if (error.status === 401 || error.status === 403) return <TokenBox error={error} onRetry={onRetry} />
  return (
    <section className="problem" role="alert">
      <h1>{titleOf(error, what)}</h1>
      <p>{error.message}</p>
      {error.mistakes.map(it => (
        <p key={it}>{it}</p>
      ))}
      <p>
        <button type="button" onClick={onRetry}>
          Try again
        </button>{' '}
        <button
          type="button"
          className="quiet"
          onClick={() => void navigator.clipboard.writeText(`${error.status} ${error.title}: ${error.message}`)}
        >
          Copy
        </button>
      </p>
    </section>
  )
}

const titleOf = ({ status, title }: RequestError, what: string): string => {
  if (status === 404) return `This ${what} is not known, or has not arrived yet`
  return status === 410 ? `This ${what} is gone` : title
}

const TokenBox = ({ error, onRetry }: Pick<Props, 'error' | 'onRetry'>) => {
  const [token, setToken] = useState('')
  return (
    <form
      className="problem"
      onSubmit={event => {
        event.preventDefault()
        setTaste('token', token.trim())
        onRetry()
      }}
    >
      <h1>A token is needed to read</h1>
      <p>{error.message}</p>
      <p>It is set on the server as RUNLEDGER_READ_TOKEN. This browser keeps it and says it with every request.</p>
      <label>
        Read token <input type="password" autoComplete="off" value={token} onInput={event => setToken(event.currentTarget.value)} />
      </label>{' '}
      <button type="submit">Use it</button>
    </form>
  )
}
