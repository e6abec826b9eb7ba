/** Whether a person reads: tables, colours and cut lines are for them; programs get lines of JSON. */
export const isTerminal = (json: boolean | undefined): boolean => json !== true && process.stdout.isTTY === true

export const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Resolves when the reader has taken it; a reader that closed the pipe ends the program, as `head` would have it. */
export const print = (text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(`${text}\n`, error => {
      if (error == null) resolve()
      else if ('code' in error && error.code === 'EPIPE') process.exit(0)
      else reject(error)
    })
  })

export const printJson = (value: unknown): Promise<void> => print(JSON.stringify(value))

/** A value as people read it: text as it is, all else as JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const usualWidth = 100

export const width = (): number => process.stdout.columns || usualWidth

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controls = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g

/** Other people's text on one line, with nothing in it that could steer a terminal or hide. */
export const plain = (text: string): string => text.replace(controls, ' ').replace(/ {2,}/g, ' ').trim()

const colours = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const
export type Colour = keyof typeof colours

/** Colours `text` where a terminal shows it and NO_COLOR does not forbid it. */
export const coloured = (text: string, colour: Colour | undefined): string =>
  colour === undefined || process.stdout.isTTY !== true || (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb'
    ? text
    : `\u001b[${colours[colour]}m${text}\u001b[0m`

export const cut = (text: string, characters: number): string => {
  const all = [...text]
  return all.length <= characters ? text : `${all.slice(0, Math.max(0, characters - 1)).join('')}…`
}

export type Cell = { readonly text: string; readonly colour?: Colour | undefined; readonly right?: boolean }

/** Columns under their heads, as wide as their widest cell; the last one is cut at the edge of the terminal. */
export const table = (heads: readonly string[], rows: readonly (readonly Cell[])[], columns = width()): string => {
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map(row => [...(row[n]?.text ?? '')].length)))
  const last = heads.length - 1
  const room = Math.max(8, columns - widths.slice(0, last).reduce((sum, w) => sum + w + 2, 0))
  const line = (cells: readonly Cell[]): string =>
    cells
      .map(({ text, colour, right }, n) => {
        if (n === last) return coloured(cut(text, room), colour)
        const gap = ' '.repeat(Math.max(0, (widths[n] ?? 0) - [...text].length))
        return right === true ? gap + coloured(text, colour) : coloured(text, colour) + gap
      })
      .join('  ')
      .trimEnd()
  return [line(heads.map(text => ({ text, colour: 'dim' as const }))), ...rows.map(line)].join('\n')
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const

/** `3m ago` */
export const ago = (instant: string, now = Date.now()): string => {
  const ms = Math.max(0, now - Date.parse(instant))
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ['s', 1_000]
  return `${Math.floor(ms / size)}${unit} ago`
}

/** `340ms`, `4.2s`, `3m12s`, `2h05m` */
export const durationText = (ms: number | null): string => {
  if (ms === null) return ''
  if (ms < 1_000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)}s`
  const [h, m, s] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1_000) % 60]
  return h > 0 ? `${h}h${String(m).padStart(2, '0')}m` : `${m}m${String(s).padStart(2, '0')}s`
}

/** Says on stderr how far something has got: on a terminal a line that changes, after the first second. */
export const createProgress = (what: string): { readonly at: (done: number, of: number | undefined) => void; readonly end: () => void } => {
  const started = Date.now()
  let shown = 0
  const at = (done: number, of: number | undefined): void => {
    const now = Date.now()
    if (process.stderr.isTTY !== true || now - started < 1_000 || now - shown < 100) return
    shown = now
    const share = of === undefined || of === 0 ? undefined : done / of
    const bar = share === undefined ? '' : `${'█'.repeat(Math.round(share * 24)).padEnd(24, '░')} ${Math.round(share * 100)} %  `
    process.stderr.write(`\r\u001b[K${bar}${done}${of === undefined ? '' : ` of ${of}`} ${what}`)
  }
  return { at, end: () => void (shown > 0 && process.stderr.write('\r\u001b[K')) }
}
