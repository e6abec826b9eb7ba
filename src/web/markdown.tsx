import { useEffect, useRef, useState } from 'react'
import { visible } from './format.ts'

const maxCharacters = 150_000

/** Text read as Markdown, of which nothing runs or loads. Its library comes when it is first needed. */
export const Markdown = ({ text }: { readonly text: string }) => {
  const place = useRef<HTMLDivElement>(null)
  const [failed, setFailed] = useState(false)
  const tooLong = text.length > maxCharacters
  useEffect(() => {
    if (tooLong) return
    let gone = false
    import('./markdown-nodes.ts')
      .then(({ markdownNodes }) => !gone && place.current?.replaceChildren(markdownNodes(visible(text))))
      .catch(() => setFailed(true))
    return () => {
      gone = true
    }
  }, [text, tooLong])
  if (tooLong) return <p className="note">Longer than {maxCharacters.toLocaleString('en')} characters: shown as it is only.</p>
  return failed ? <p className="note">It could not be read as Markdown.</p> : <div className="markdown" ref={place} />
}
