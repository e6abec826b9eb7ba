import assert from 'node:assert/strict'
import fc from 'fast-check'
import { idleShare, scaleOf, spansFrom, stretchesOf } from '../../src/web/scale.ts'
import { stepItem } from '../support/step-item.ts'

const spans = fc
  .array(fc.record({ start: fc.nat(100_000), length: fc.nat(10_000) }), { minLength: 1, maxLength: 40 })
  .map(all => all.map(({ start, length }) => ({ start, end: start + length })))
const totalOf = (all: readonly { end: number }[]): number => Math.max(1, ...all.map(it => it.end))

describe('the time of a run', () => {
  it('begins where its first step does, whose time is that of its end, whatever the order, by nanoseconds where they are known', () => {
    const { spans: found, total } = spansFrom([
      stepItem(0, { timestamp_unix_nano: '1700000000002500000', latency_ms: 1 }),
      stepItem(1, { timestamp_unix_nano: '1700000000000500000', latency_ms: 0.5 }),
    ])
    assert.deepEqual(found, [
      { start: 1.5, end: 2.5 },
      { start: 0, end: 0.5 },
    ])
    assert.equal(total, 2.5)
  })

  it('of no steps is none', () => assert.deepEqual(spansFrom([]), { spans: [], total: 0, origin: 0 }))

  it('is cut into what is busy and what is idle', () => {
    const stretches = stretchesOf(
      [
        { start: 0, end: 10 },
        { start: 90, end: 100 },
      ],
      100,
    )
    assert.deepEqual(stretches, [
      { from: 0, to: 10, idle: false },
      { from: 10, to: 90, idle: true },
      { from: 90, to: 100, idle: false },
    ])
    assert.equal(idleShare(stretches, 100), 0.8)
  })

  it('is covered by its stretches without a hole', () => {
    fc.assert(
      fc.property(spans, all => {
        const stretches = stretchesOf(all, totalOf(all))
        for (const [n, stretch] of stretches.entries()) assert.equal(stretch.from, stretches[n - 1]?.to ?? 0)
        assert.equal(stretches.at(-1)?.to, totalOf(all))
      }),
    )
  })

  it('lies on the width from left to right, compressed or not, and never turns back', () => {
    fc.assert(
      fc.property(spans, fc.boolean(), (all, compress) => {
        const total = totalOf(all)
        const { at } = scaleOf({ start: 0, end: total }, stretchesOf(all, total), compress, 5)
        assert.ok(Math.abs(at(0)) < 1e-6 && Math.abs(at(total) - 1) < 1e-6, `${at(0)} ${at(total)}`)
        const places = Array.from({ length: 101 }, (_, n) => at((total * n) / 100))
        for (const [n, place] of places.entries()) assert.ok(place + 1e-9 >= (places[n - 1] ?? 0))
      }),
    )
  })

  it('has a handful of ticks with room for their labels, none in what is compressed', () => {
    const stretches = [
      { from: 0, to: 10, idle: false },
      { from: 10, to: 990, idle: true },
      { from: 990, to: 1_000, idle: false },
    ]
    const { ticks, breaks } = scaleOf({ start: 0, end: 1_000 }, stretches, true, 5)
    assert.deepEqual(
      ticks.map(tick => tick.ms),
      [0],
    )
    assert.equal(breaks.length, 1)
    assert.deepEqual(
      scaleOf({ start: 0, end: 1_000 }, stretches, false, 5).ticks.map(tick => tick.ms),
      [0, 200, 400, 600, 800],
    )
  })
})
