/** The one of `names` that takes the fewest changed letters to become `name`. */
export const nearest = (name: string, names: readonly string[]): string | undefined =>
  names.map(it => ({ it, far: distance(name, it) })).toSorted((a, b) => a.far - b.far)[0]?.it

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
