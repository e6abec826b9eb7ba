import assert from 'node:assert/strict'
import fc from 'fast-check'
import { jsonText, microsFromNanos } from '../../src/store/row-encode.ts'

describe('jsonText', () => {
  it('replaces NUL and halves of surrogate pairs, in keys too, and says so', () => {
    assert.deepEqual(jsonText({ 'a\0': ['b\ud800', 'c\udc00d'] }), { text: '{"a\uFFFD":["b\uFFFD","c\uFFFDd"]}', replaced: true })
  })

  it('leaves the words for a NUL and whole pairs alone', () => {
    for (const whole of ['\\u0000', '\\ud800', '\u{1f600}', 'é'])
      assert.deepEqual(jsonText(whole), { text: JSON.stringify(whole), replaced: false })
  })

  it('gives well-formed text without NUL whatever came', () => {
    fc.assert(
      fc.property(
        fc.json({ stringUnit: 'binary' }),
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(n => String.fromCharCode(n)) }),
        (json, odd) => {
          const { text } = jsonText({ json: JSON.parse(json), [odd]: odd })
          const told = JSON.stringify(JSON.parse(text))
          assert.ok(told.isWellFormed() && !/\\u0000|\\ud[89a-f]/.test(told.replaceAll('\\\\', '')))
        },
      ),
    )
  })
})

describe('microsFromNanos', () => {
  it('stays between 1970 and the year 9999 and never rounds up', () => {
    assert.equal(microsFromNanos(1_999n), 1n)
    assert.equal(microsFromNanos(-1n), 0n)
    assert.equal(microsFromNanos(2n ** 70n), 253_402_300_799_999_999n)
  })
})
