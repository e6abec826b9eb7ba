import assert from 'node:assert/strict'
import { actionOf, beginsPair, keyName, keyTable } from '../../src/web/keys.ts'

describe('the keys of the page', () => {
  for (const screen of ['runs', 'run', 'compare'] as const)
    it(`mean one thing each on the screen ${screen}`, () => {
      const there = keyTable.filter(it => it.screen === screen || it.screen === 'everywhere')
      const keys = there.flatMap(it => it.keys)
      assert.equal(new Set(keys).size, keys.length)
      for (const { action, keys: own } of there)
        for (const key of own) {
          const [first = key, second] = key.length > 2 && key.includes(' ') ? key.split(' ') : [key]
          assert.equal(second === undefined ? actionOf(screen, first, undefined) : actionOf(screen, second, first), action, key)
          if (second !== undefined) assert.ok(beginsPair(screen, first), key)
          else assert.ok(!beginsPair(screen, first), key)
        }
    })

  it('have names that people read', () => assert.deepEqual([' ', 'Escape', 'y l', 'j'].map(keyName), ['Space', 'Esc', 'y then l', 'j']))
})
