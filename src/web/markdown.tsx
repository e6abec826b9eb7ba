import { useEffect, useRef, useState } from 'react'

const maxCharacters = 150_000

/** Text read as Markdown, cleaned of everything that could run or load. Its libraries come when they are first needed. */
export const Markdown = ({ text }: { readonly text: string }) => {
  const place = useRef<HTMLDivElement>(null)
  const [failed, setFailed] = useState(false)
  const tooLong = text.length > maxCharacters
  useEffect(() => {
    if (tooLong) return
    let gone = false
    import('./clean-markdown.ts').then(
      ({ cleanMarkdown }) => !gone && place.current?.replaceChildren(cleanMarkdown(text)),
      () => setFailed(true),
    )
    return () => {
      gone = true
    }
  }, [text, tooLong])
  if (tooLong) return <p className="note">Longer than {maxCharacters.toLocaleString('en')} characters: shown as it is only.</p>
  return failed ? <p className="note">Markdown could not be loaded.</p> : <div className="markdown" ref={place} />
}
