const minute = 60_000
const hour = 3_600_000
const day = 86_400_000

/** `840 ms`, `12.4 s`, `3 m 20 s`, `1 h 5 m`. */
export const duration = (ms: number): string => {
  if (ms < 1) return ms === 0 ? '0 ms' : '<1 ms'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`
  if (ms < minute) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
}

/** `just now`, `12 s ago`, `3 m ago`, `5 h ago`, `2 d ago`. */
export const ago = (ms: number): string => {
  if (ms < 2_000) return 'just now'
  if (ms < minute) return `${Math.round(ms / 1_000)} s ago`
  if (ms < hour) return `${Math.round(ms / minute)} m ago`
  return ms < 2 * day ? `${Math.round(ms / hour)} h ago` : `${Math.round(ms / day)} d ago`
}

/** `902`, `8.1k`, `1.2M`. */
export const count = (n: number): string => {
  if (n < 1_000) return String(n)
  if (n < 1_000_000) return `${trimmed(n / 1_000)}k`
  return `${trimmed(n / 1_000_000)}M`
}

const trimmed = (n: number): string => n.toFixed(n < 10 ? 1 : 0).replace(/\.0$/, '')

/** `$0.021`, `$1.20`. */
export const cost = (dollars: number): string =>
  dollars >= 1 ? `$${dollars.toFixed(2)}` : dollars === 0 ? '$0' : `$${Number(dollars.toPrecision(3))}`

/** `812 B`, `48 kB`, `2.1 MB`. */
export const bytes = (n: number): string => {
  if (n < 1_000) return `${n} B`
  return n < 1_000_000 ? `${trimmed(n / 1_000)} kB` : `${trimmed(n / 1_000_000)} MB`
}

/** `14:02:11.482`, in the reader's own time. */
export const clock = (iso: string): string => {
  const at = new Date(iso)
  const two = (n: number, digits = 2): string => String(n).padStart(digits, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`
}

/** Date and time in the reader's own words, with the time as it was stored. */
export const moment = (iso: string): string => `${new Date(iso).toLocaleString()} (${iso})`

export const many = (n: number, one: string, more = `${one}s`): string => `${n.toLocaleString('en')} ${n === 1 ? one : more}`

// Bidirectional controls and the controls of terminals are shown, not obeyed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text whose unseen characters are seen: nothing in it can turn or hide what stands beside it. */
export const visible = (text: string): string =>
  text.replace(controls, it => {
    const code = it.charCodeAt(0)
    return code === 13 ? '' : `⟨${code.toString(16).padStart(4, '0')}⟩`
  })

/** The same on one line. */
export const line = (text: string): string => visible(text.replace(/\s+/g, ' '))
