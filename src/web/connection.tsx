import { useEffect, useState } from 'react'
import { ask, onAnswer } from './request.ts'
import { settings } from './settings.ts'

const retryMs = 4_000

/** Says that the server does not answer, while it does not, and that there is a newer page. What is shown stays. */
export const Connection = () => {
  const [lost, setLost] = useState(false)
  const [old, setOld] = useState(false)
  useEffect(
    () =>
      onAnswer(({ reached, build }) => {
        setLost(!reached)
        if (build !== null && settings.build !== '') setOld(build !== settings.build)
      }),
    [],
  )
  useEffect(() => {
    if (!lost) return
    const timer = setInterval(() => void ask('/readyz').catch(() => undefined), retryMs)
    return () => clearInterval(timer)
  }, [lost])
  if (lost)
    return (
      <p className="banner bad" role="alert">
        Connection lost, retrying every {retryMs / 1_000} s. What you see is as of before.
      </p>
    )
  if (!old) return null
  return (
    <p className="banner">
      The server was updated.{' '}
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </p>
  )
}
