import assert from 'node:assert/strict'
import type { Json } from '../../src/model/json.ts'
import { jsonRows } from '../../src/web/json-rows.ts'

const said = (root: Json, level: number, toggled: ReadonlyMap<string, boolean> = new Map()): readonly string[] =>
  jsonRows(root, level, toggled).map(row => `${row.depth} ${row.path}${row.parts === undefined ? '' : ` (${row.parts})`}`)

describe('jsonRows', () => {
  const value = { a: [1, { b: null }], c: 'text' }

  it('shows as many levels as asked, in order', () => {
    assert.deepEqual(said(value, 1), ['0 $ (2)', '1 $.a (2)', '1 $.c'])
    assert.deepEqual(said(value, 9), ['0 $ (2)', '1 $.a (2)', '2 $.a[0]', '2 $.a[1] (1)', '3 $.a[1].b', '1 $.c'])
  })

  it('opens and closes what a reader says', () => {
    assert.deepEqual(said(value, 1, new Map([['$.a', true]])), ['0 $ (2)', '1 $.a (2)', '2 $.a[0]', '2 $.a[1] (1)', '1 $.c'])
    assert.deepEqual(said(value, 9, new Map([['$', false]])), ['0 $ (2)'])
  })

  it('shows a bare value, an empty list and an empty object', () => {
    assert.deepEqual([said('x', 1), said([], 1), said({}, 1)], [['0 $'], ['0 $ (0)'], ['0 $ (0)']])
  })

  it('goes as deep as there is', () => {
    let deep: Json = 1
    for (let n = 0; n < 20_000; n += 1) deep = [deep]
    assert.equal(jsonRows(deep, 20_001, new Map()).at(-1)?.depth, 20_000)
  })
})
