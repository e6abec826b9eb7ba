export type DiffLine = { readonly side: 'a' | 'b' | 'both'; readonly text: string }

const maxLines = 2_000
const maxTable = 1_000_000

/** The lines of two texts, the common ones once. Cut at 2,000 lines each; where a table of both would be too large, what they begin and end with is common. */
export const lineDiff = (a: string, b: string): readonly DiffLine[] => {
  const [left, right] = [a.split('\n').slice(0, maxLines), b.split('\n').slice(0, maxLines)]
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1
  let end = 0
  while (end < left.length - start && end < right.length - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1
  const both = (lines: readonly string[]): DiffLine[] => lines.map(text => ({ side: 'both', text }))
  const middle = middleDiff(left.slice(start, left.length - end), right.slice(start, right.length - end))
  return [...both(left.slice(0, start)), ...middle, ...both(left.slice(left.length - end))]
}

const middleDiff = (a: readonly string[], b: readonly string[]): readonly DiffLine[] => {
  if (a.length * b.length > maxTable)
    return [...a.map(text => ({ side: 'a', text }) as const), ...b.map(text => ({ side: 'b', text }) as const)]
  const width = b.length + 1
  const table = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number): number => table[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      table[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ side: 'both', text: a[i] ?? '' })
      i += 1
      j += 1
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) lines.push({ side: 'a', text: a[i++] ?? '' })
    else lines.push({ side: 'b', text: b[j++] ?? '' })
  }
  return lines
}
