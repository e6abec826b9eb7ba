import type { Json } from '../model/json.ts'

export type JsonRow = {
  readonly path: string
  readonly depth: number
  readonly name: string | undefined
  readonly value: Json
  /** How many there are in it; undefined for what has no parts. */
  readonly parts: number | undefined
  readonly isOpen: boolean
}

const isBranch = (value: Json): value is Exclude<Json, string | number | boolean | null> => typeof value === 'object' && value !== null

/** The visible rows of a value, in order, without recursion. `toggled`: what was opened or closed by hand; else the first `level` levels are open. */
export const jsonRows = (root: Json, level: number, toggled: ReadonlyMap<string, boolean>): readonly JsonRow[] => {
  const rows: JsonRow[] = []
  const pending: { path: string; depth: number; name: string | undefined; value: Json }[] = [
    { path: '$', depth: 0, name: undefined, value: root },
  ]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { path, depth, value } = at
    if (!isBranch(value)) {
      rows.push({ ...at, parts: undefined, isOpen: false })
      continue
    }
    const parts = Object.entries(value)
    const isOpen = toggled.get(path) ?? depth < level
    rows.push({ ...at, parts: parts.length, isOpen })
    if (!isOpen) continue
    for (const [name, part] of parts.reverse())
      if (part !== undefined)
        pending.push({ path: `${path}${Array.isArray(value) ? `[${name}]` : `.${name}`}`, depth: depth + 1, name, value: part })
  }
  return rows
}
