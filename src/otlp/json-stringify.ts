/** The JSON text of a parsed value; total: JSON.stringify itself gives up on lists nested some thousands deep. */
export const stringifyDeep = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch {
    return stringifyFlat(value)
  }
}

type Open = { readonly entries: readonly (readonly [string, unknown])[]; readonly close: string; at: number }

const stringifyFlat = (value: unknown): string => {
  const pieces: string[] = []
  const open: Open[] = []
  const begin = (of: unknown): void => {
    if (Array.isArray(of)) {
      pieces.push('[')
      open.push({ entries: of.map(element => ['', element] as const), close: ']', at: 0 })
    } else if (typeof of === 'object' && of !== null) {
      pieces.push('{')
      open.push({ entries: Object.entries(of).map(([key, inner]) => [`${JSON.stringify(key)}:`, inner] as const), close: '}', at: 0 })
    } else pieces.push(JSON.stringify(of))
  }
  begin(value)
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const entry = top.entries[top.at]
    if (entry === undefined) {
      pieces.push(top.close)
      open.pop()
    } else {
      if (top.at > 0) pieces.push(',')
      top.at++
      pieces.push(entry[0])
      begin(entry[1])
    }
  }
  return pieces.join('')
}
