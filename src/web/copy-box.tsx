import { useState } from 'react'
import { announce } from './announce.tsx'

/** Puts text on the clipboard and says so. */
export const copy = (text: string, what: string): void => {
  void navigator.clipboard?.writeText(text).then(
    () => announce(`${what} copied`),
    () => announce(`${what} could not be copied`),
  )
}

/** A command or setting to take along. */
export const CopyBox = ({ title, text }: { readonly title: string; readonly text: string }) => {
  const [done, setDone] = useState(false)
  return (
    <div className="copybox">
      <div className="copybox-head">
        <h2>{title}</h2>
        <button
          type="button"
          onClick={() => {
            copy(text, title)
            setDone(true)
          }}
        >
          {done ? 'Copied' : 'Copy'}
        </button>
      </div>
      <pre>{text}</pre>
    </div>
  )
}
