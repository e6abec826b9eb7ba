import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Ledger } from '../../src/model/ledger.ts'
import { fixtureNames, goldenOf, ledgersOf } from './fixtures.ts'

/** Set it to rewrite the golden files, and read the difference before it is committed. */
const isRewriting = process.env['UPDATE_GOLDEN'] === '1'

const textFrom = (ledgers: readonly Ledger[]): string =>
  `${JSON.stringify(ledgers, (_, value) => (typeof value === 'bigint' ? String(value) : value), 1)}\n`

describe('captured telemetry of real agents', () => {
  for (const name of fixtureNames) {
    it(`of ${name} comes to the ledger beside it`, () => {
      const text = textFrom(ledgersOf(name))
      if (isRewriting) writeFileSync(goldenOf(name), text)
      assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(goldenOf(name), 'utf8')))
    })

    it(`of ${name} comes to the same in another order, and twice`, () => {
      assert.equal(textFrom(ledgersOf(name, all => [...all.toReversed(), ...all])), textFrom(ledgersOf(name)))
    })
  }
})
