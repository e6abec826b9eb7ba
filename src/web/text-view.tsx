import { useEffect } from 'react'
import { copy } from './copy-box.tsx'
import { visible } from './format.ts'
import { href, usePlace } from './router.ts'
import { useText } from './use-text.ts'

const lineHeight = 20
const maxLines = 5_000

/** The run as the same text that terminals and programs get, with numbered lines to link to. */
export const TextView = ({ run, revision }: { readonly run: string; readonly revision: number }) => {
  const path = `/api/runs/${run}/text?width=240`
  const { text, error } = useText(path, revision)
  const { hash } = usePlace()
  const lines = visible(text ?? '')
    .trimEnd()
    .split('\n')
  const shown = lines.slice(0, maxLines)
  const chosen = Number(/^#L(\d+)$/.exec(hash)?.[1] ?? 0)
  useEffect(() => {
    if (text !== undefined && chosen > 0) document.getElementById('line')?.scrollIntoView({ block: 'center' })
  }, [text, chosen])
  return (
    <section className="text" aria-label="Text">
      <div className="bar">
        <button type="button" onClick={() => copy(text ?? '', 'Text')}>
          Copy for a coding agent
        </button>
        <a className="button" href={href(path)}>
          Plain
        </a>
        {lines.length > maxLines && (
          <span className="note">
            The first {maxLines.toLocaleString('en')} lines of {lines.length.toLocaleString('en')}; Plain has all.
          </span>
        )}
      </div>
      {error !== undefined && <p className="bad">{error.message}</p>}
      <div className="text-lines" tabIndex={0}>
        {chosen > 0 && <span id="line" className="text-mark" style={{ top: `${(chosen - 1) * lineHeight}px` }} />}
        <pre
          className="text-numbers"
          onClick={event => {
            const { top } = event.currentTarget.getBoundingClientRect()
            location.hash = `L${Math.floor((event.clientY - top) / lineHeight) + 1}`
          }}
          aria-hidden="true"
        >
          {shown.map((_, n) => n + 1).join('\n')}
        </pre>
        <pre>{shown.join('\n')}</pre>
      </div>
    </section>
  )
}
