import { useEffect, useMemo, useState } from 'react'
import type { StepSlice } from '../model/api/step-item.ts'
import type { Json } from '../model/json.ts'
import { copy } from './copy-box.tsx'
import { count, visible } from './format.ts'
import { JsonTree } from './json-tree.tsx'
import { Markdown } from './markdown.tsx'
import { askJson } from './request.ts'
import { useTaste } from './taste.ts'

type Props = {
  readonly title: string
  readonly text: string
  readonly json: boolean
  readonly total?: number
  readonly dim?: boolean
  readonly level?: number
}

const formats = ['Verbatim', 'Markdown', 'JSON'] as const
const firstCharacters = 2_000
const maxTree = 262_144
const refusedTree = 2_000_000

/** A value that is all here: as it is, as Markdown, or by its structure. Long ones are cut until all of it is asked for. */
export const Value = ({ title, text, json, dim, level }: Props) => {
  const [format, setFormat] = useTaste(`format.${json ? 'json' : 'text'}`, json ? 'JSON' : 'Verbatim')
  const [all, setAll] = useState(false)
  const parsed = useMemo(() => (format === 'JSON' && text.length <= maxTree ? parsedFrom(text) : undefined), [format, text])
  const shown = all ? text : text.slice(0, firstCharacters)
  return (
    <section className={dim ? 'value dim' : 'value'} aria-label={title}>
      <ValueHead title={title} characters={text.length} format={format} onFormat={setFormat} onCopy={() => copy(text, title)} />
      {format === 'JSON' && parsed !== undefined && <JsonTree value={parsed.value} level={level} />}
      {format === 'JSON' && parsed === undefined && <p className="note">{whyNoTree(text)}</p>}
      {format === 'Markdown' && <Markdown text={text} />}
      {(format === 'Verbatim' || (format === 'JSON' && parsed === undefined)) && <Plain text={shown} />}
      {format !== 'Markdown' && parsed === undefined && shown.length < text.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {count(text.length)} characters
        </button>
      )}
    </section>
  )
}

const whyNoTree = (text: string): string =>
  text.length > refusedTree
    ? 'Larger than 2 MB: no tree is made of it.'
    : text.length > maxTree
      ? 'Larger than 256 kB: shown as text.'
      : 'This is no JSON: shown as it is.'

const Plain = ({ text }: { readonly text: string }) => <pre tabIndex={0}>{visible(text)}</pre>

const parsedFrom = (text: string): { readonly value: Json } | undefined => {
  try {
    const value: Json = JSON.parse(text)
    return { value }
  } catch {
    return undefined
  }
}

type HeadProps = {
  readonly title: string
  readonly characters: number
  readonly format: string
  readonly onFormat?: (format: string) => void
  readonly onCopy: () => void
}

const ValueHead = ({ title, characters, format, onFormat, onCopy }: HeadProps) => (
  <div className="value-head">
    <h3>
      {title} <small>{count(characters)} characters</small>
    </h3>
    {onFormat !== undefined && (
      <select aria-label={`Format of ${title}`} value={format} onChange={event => onFormat(event.currentTarget.value)}>
        {formats.map(it => (
          <option key={it}>{it}</option>
        ))}
      </select>
    )}
    <button type="button" onClick={onCopy}>
      Copy
    </button>
  </div>
)

const sliceCharacters = 65_536

/** A value too large to be fetched whole: a slice at a time, and where it lies whole. */
export const SlicedValue = ({ title, path, whole }: { readonly title: string; readonly path: string; readonly whole: string }) => {
  const [at, setAt] = useState({ offset: 0, length: firstCharacters })
  const [slice, setSlice] = useState<StepSlice>()
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    const gone = new AbortController()
    askJson<StepSlice>(`${path}&offset=${at.offset}&length=${at.length}`, { signal: gone.signal }).then(setSlice, () =>
      setMissing(!gone.signal.aborted),
    )
    return () => gone.abort()
  }, [path, at])
  if (missing) return null
  if (slice === undefined) return <p className="note">…</p>
  const end = slice.offset + slice.text.length
  const show = (offset: number): void => setAt({ offset: Math.max(0, offset), length: sliceCharacters })
  return (
    <section className="value" aria-label={title}>
      <ValueHead title={title} characters={slice.total} format="Verbatim" onCopy={() => copy(slice.text, `This part of ${title}`)} />
      <Plain text={slice.text} />
      <p className="pager">
        Characters {slice.offset.toLocaleString('en')} to {end.toLocaleString('en')} of {slice.total.toLocaleString('en')}.{' '}
        <button type="button" disabled={slice.offset === 0} onClick={() => show(slice.offset - sliceCharacters)}>
          Before
        </button>{' '}
        <button type="button" disabled={end >= slice.total} onClick={() => show(slice.text.length <= firstCharacters ? 0 : end)}>
          More
        </button>{' '}
        <a href={whole} download="step.json">
          Download whole
        </a>
      </p>
    </section>
  )
}
