import { useMemo, useRef, useState } from 'react'
import type { Json } from '../model/json.ts'
import { copy } from './copy-box.tsx'
import { line } from './format.ts'
import { type JsonRow, jsonRows } from './json-rows.ts'
import { useVirtual } from './virtual.ts'

/** As high as a target has to be. */
const rowHeight = 24
const shownCharacters = 300

/** A value by its structure: parts open and close, only what is seen is there. */
export const JsonTree = ({ value, level = 2 }: { readonly value: Json; readonly level?: number | undefined }) => {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => jsonRows(value, level, toggled), [value, level, toggled])
  const virtual = useVirtual({ count: rows.length, scroller, height: () => rowHeight, keyOf: n => rows[n]?.path ?? n })
  return (
    <div className="json" ref={scroller} style={{ height: `${rows.length * rowHeight + 4}px` }} tabIndex={0} role="group" aria-label="JSON">
      <div className="rows" style={{ height: `${virtual.total}px` }}>
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]
          if (row === undefined) return null
          return (
            <div
              key={row.path}
              className="json-row"
              style={{ transform: `translateY(${start}px)`, paddingInlineStart: `${row.depth * 14}px` }}
            >
              <Part row={row} onToggle={() => setToggled(old => new Map(old).set(row.path, !row.isOpen))} />
            </div>
          )
        })}
      </div>
    </div>
  )
}

const Part = ({ row, onToggle }: { readonly row: JsonRow; readonly onToggle: () => void }) => {
  const name = row.name === undefined ? '' : `${line(row.name)}: `
  if (row.parts === undefined || row.parts === 0)
    return (
      <>
        <span className="json-name">{name}</span>
        <span className={`json-${row.value === null ? 'null' : typeof row.value}`}>
          {line(JSON.stringify(row.value).slice(0, shownCharacters))}
        </span>{' '}
        <button
          type="button"
          className="tiny"
          onClick={() => copy(typeof row.value === 'string' ? row.value : JSON.stringify(row.value), 'Value')}
        >
          copy
        </button>
      </>
    )
  const [open, close] = Array.isArray(row.value) ? ['[', ']'] : ['{', '}']
  return (
    <button type="button" className="json-fold" aria-expanded={row.isOpen} onClick={onToggle}>
      {row.isOpen ? '▾' : '▸'} {name}
      {row.isOpen ? open : `${open} ${row.parts} ${close}`}
    </button>
  )
}
