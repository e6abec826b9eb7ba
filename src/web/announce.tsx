import { useEffect, useState } from 'react'

const everyMs = 5_000
let waiting: string | undefined
let last = 0
let timer: ReturnType<typeof setTimeout> | undefined
let show: (text: string) => void = () => {}

/** Says something to who listens rather than looks: the newest message, at most one in five seconds. */
export const announce = (text: string): void => {
  waiting = text
  if (timer !== undefined) return
  timer = setTimeout(
    () => {
      timer = undefined
      last = Date.now()
      show(waiting ?? '')
    },
    Math.max(50, last + everyMs - Date.now()),
  )
}

export const Announcer = () => {
  const [text, setText] = useState('')
  useEffect(() => {
    show = setText
  }, [])
  return (
    <div className="unseen" role="status" aria-live="polite">
      {text}
    </div>
  )
}
