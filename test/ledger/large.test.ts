import assert from 'node:assert/strict'
import type { Reading } from '../../src/conventions/reading.ts'
import { agent, ask, ledgerOf, model, span, tool } from './readings.ts'

const turn = (i: number, named: boolean): readonly Reading[] => {
  const id = named ? { id: 'call_0' } : {}
  const args = { city: 'Paris', n: i % 3 }
  const given = { results: [{ ...id, ...(named ? { callId: 'call_0' } : { name: 'look' }), output: 'seen' }], files: [] }
  return [
    model(`m${i}`, {
      parent: 'root',
      from: i * 100,
      to: i * 100 + 40,
      text: `turn ${i}`,
      calls: [ask('look', { ...id, arguments: args })],
      given,
    }),
    ...(i % 5 === 0
      ? []
      : [tool(`t${i}`, { parent: 'root', from: i * 100 + 50, to: i * 100 + 90, call: { ...id, name: 'look', arguments: args } })]),
  ]
}

const run = (turns: number, named: boolean): readonly Reading[] => [
  agent('root', { from: 0, to: turns * 100 }),
  ...Array.from({ length: turns }, (_, i) => turn(i, named)).flat(),
]

const milliseconds = (work: () => void): number => {
  const begin = performance.now()
  work()
  return performance.now() - begin
}

describe('assemble, of a long run', () => {
  for (const named of [true, false])
    it(`makes every step of 50,000 spans in seconds, ${named ? 'though one call id comes again every turn' : 'without call ids'}`, () => {
      const readings = run(28_000, named)
      const { steps } = ledgerOf(readings)
      assert.equal(steps.length, 28_000 * 3)
      assert.ok(milliseconds(() => ledgerOf(readings)) < 6_000)
    })

  it('makes the steps of 500 spans at once', () => {
    const readings = run(280, true)
    const times = [1, 2, 3, 4, 5].map(() => milliseconds(() => ledgerOf(readings)))
    assert.ok(Math.min(...times) < 100)
  })

  const shapes: Readonly<Record<string, (i: number) => Reading>> = {
    'a chain of structure with a tool at every tenth': i =>
      (i % 10 === 0 ? tool : span)(`s${i}`, { parent: `s${i - 1}`, from: i, to: 90_000 }),
    'a chain of tools that are one call': i =>
      tool(`s${i}`, { parent: `s${i - 1}`, from: i, to: 90_000, call: { name: 'look', arguments: { a: 1 } } }),
    'a chain of models': i => model(`s${i}`, { parent: `s${i - 1}`, from: i, to: 90_000, text: `${i}`, usage: { responseId: 'one' } }),
    'a chain of agents that failed': i => agent(`s${i}`, { parent: `s${i - 1}`, from: i, to: 90_000, error: { message: `${i}` } }),
    'one model around all others': i => model(`s${i}`, { from: i, to: 90_000, text: `${i}`, ...(i === 0 ? {} : { parent: 's0' }) }),
    'roots alone': i => tool(`s${i}`, { from: i, files: [{ role: 'output', path: `${i}` }] }),
    'a cycle': i => span(`s${i}`, { parent: `s${(i + 1) % 20_000}`, from: i, role: i % 2 ? 'tool' : 'other' }),
    'identical calls at one instant': i =>
      i % 2 ? tool(`s${i}`, { from: 9, call: { id: 'c', name: 'look' } }) : model(`s${i}`, { from: 1, calls: [ask('look', { id: 'c' })] }),
  }
  for (const [name, shape] of Object.entries(shapes))
    it(`is not slowed down by ${name}`, () => {
      const readings = Array.from({ length: 20_000 }, (_, i) => shape(i))
      assert.ok(milliseconds(() => ledgerOf([...readings, agent('root')])) < 4_000)
    })
})
