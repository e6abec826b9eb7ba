import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type DiffLine, lineDiff } from '../../src/web/line-diff.ts'

const side = (lines: readonly DiffLine[], name: 'a' | 'b'): string =>
  lines
    .filter(it => it.side !== (name === 'a' ? 'b' : 'a'))
    .map(it => it.text)
    .join('\n')

const texts = fc.array(fc.constantFrom('one', 'two', 'three', ''), { minLength: 1, maxLength: 30 }).map(lines => lines.join('\n'))

describe('lineDiff', () => {
  it('says what stands on either side, and what on both', () => {
    assert.deepEqual(
      lineDiff('same\nold\nend', 'same\nnew\nmore\nend').map(it => `${it.side} ${it.text}`),
      ['both same', 'a old', 'b new', 'b more', 'both end'],
    )
  })

  it('holds both texts, whole, whatever they are', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const lines = lineDiff(a, b)
        assert.deepEqual([side(lines, 'a'), side(lines, 'b')], [a, b])
      }),
    )
  })

  it('finds nothing else in a text and itself', () => {
    fc.assert(fc.property(texts, text => lineDiff(text, text).every(it => it.side === 'both')))
  })

  it('finds as many common lines as there are, beside a plain count', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const common = lineDiff(a, b).filter(it => it.side === 'both').length
        assert.equal(common, longestCommon(a.split('\n'), b.split('\n')))
      }),
    )
  })

  it('comes to an end for texts that have nothing in common, and cuts long ones', () => {
    const lines = (word: string): string => Array.from({ length: 5_000 }, (_, n) => `${word}${n}`).join('\n')
    assert.equal(lineDiff(lines('a'), lines('b')).length, 4_000)
  })
})

const longestCommon = (a: readonly string[], b: readonly string[]): number => {
  let above = b.map(() => 0)
  for (const left of a) {
    const row: number[] = []
    for (const [j, right] of b.entries())
      row.push(left === right ? (j > 0 ? (above[j - 1] ?? 0) : 0) + 1 : Math.max(above[j] ?? 0, j > 0 ? (row[j - 1] ?? 0) : 0))
    above = row
  }
  return above.at(-1) ?? 0
}
