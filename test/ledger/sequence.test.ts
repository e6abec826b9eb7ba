import assert from 'node:assert/strict'
import { agent, ask, ledgerOf, live, model, settled, told, tool } from './readings.ts'

/** Steps as `span:sequence/emitted`, in their order. */
const order = (...readings: Parameters<typeof ledgerOf>[0]): readonly string[] =>
  ledgerOf(readings).steps.map(s => `${s.spanId}:${s.sequence}/${s.emittedSequence ?? '-'}`)

const thought = (id: string, from: number, sequence?: number) =>
  told(id, 'thought', { parent: 'root', from, text: id, ...(sequence === undefined ? {} : { told: { sequence } }) })

const root = agent('root', { to: 999 })

describe('assemble, the sequence', () => {
  it('numbers steps from 0 in the order of their times', () =>
    assert.deepEqual(order(root, thought('b', 20), thought('a', 10)), ['a:0/-', 'b:1/-']))

  it("is the agent's own where every step has a number, whatever the clocks say, holes and all", () => {
    const readings = [root, thought('c', 10, 7), thought('a', 30, 1), thought('b', 20, 3)]
    assert.deepEqual(order(...readings), ['a:1/1', 'b:3/3', 'c:7/7'])
    assert.equal(ledgerOf(readings).run.gaps, 5)
  })

  it('numbers a result by its own number', () => {
    const call = told('t', 'tool_call', {
      parent: 'root',
      from: 5,
      told: { sequence: 1, resultSequence: 4 },
      call: { name: 'a', output: 1 },
    })
    assert.deepEqual(order(root, thought('x', 1, 0), call, thought('y', 7, 2)), ['x:0/0', 't:1/1', 'y:2/2', 't:4/4'])
  })

  it('numbers anew where two steps bear one number, and keeps what the agent said', () => {
    const readings = [root, thought('a', 10, 2), thought('b', 20, 2), thought('c', 5, 4)]
    assert.deepEqual(order(...readings), ['a:0/2', 'b:1/2', 'c:2/4'])
    assert.equal(ledgerOf(readings).run.gaps, 3)
  })

  it('takes numbers that two traces gave twice as two counts: each keeps its order, times bring them together', () => {
    const other = (id: string, from: number, sequence: number) =>
      told(id, 'thought', { from, text: id, told: { sequence }, traceId: 'f'.repeat(32) })
    const readings = [root, thought('a', 10, 0), thought('d', 40, 1), other('b', 20, 0), other('c', 30, 1)]
    assert.deepEqual(order(...readings), ['a:0/0', 'b:1/0', 'c:2/1', 'd:3/1'])
  })

  it('numbers anew where some steps have none: they go by time, the others keep their order', () => {
    const readings = [root, thought('a', 50, 0), thought('b', 10, 1), thought('early', 30), thought('late', 70)]
    assert.deepEqual(order(...readings), ['early:0/-', 'a:1/0', 'b:2/1', 'late:3/-'])
    assert.equal(ledgerOf(readings).run.gaps, 0)
  })

  it('keeps what follows behind what it follows from, where numbers have moved that', () => {
    const readings = [
      root,
      thought('a', 50, 0),
      model('m', { parent: 'root', from: 1, to: 10, text: 'm', told: { sequence: 1 }, calls: [ask('x', { id: 'c' })] }),
      tool('t', { parent: 'root', from: 12, to: 14, call: { id: 'c', name: 'x', output: 1 } }),
    ]
    assert.deepEqual(order(...readings), ['a:0/0', 'm:1/1', 't:2/-', 't:3/-'])
  })

  it('takes calls that started at the same time in the order in which one answer asked for them', () => {
    const calls = [ask('x', { id: 'c1' }), ask('y', { id: 'c2' })]
    const readings = [
      root,
      model('m', { parent: 'root', from: 1, to: 10, text: 'm', calls }),
      tool('z', { parent: 'root', from: 12, to: 15, call: { id: 'c1', name: 'x', output: 1 } }),
      tool('a', { parent: 'root', from: 12, to: 14, call: { id: 'c2', name: 'y', output: 1 } }),
    ]
    assert.deepEqual(order(...readings), ['m:0/-', 'z:1/-', 'a:2/-', 'a:3/-', 'z:4/-'])
  })

  it('puts a step of ours behind the last the agent numbered', () => {
    const readings = [agent('root', { to: 'open' }), thought('a', 10, 3), thought('b', 20, 5)]
    const { steps, run } = ledgerOf(readings, settled)
    assert.deepEqual(
      steps.map(s => [s.sequence, s.emittedSequence, s.content['code']]),
      [
        [3, 3, undefined],
        [5, 5, undefined],
        [6, null, 'abandoned'],
      ],
    )
    assert.deepEqual([run.gaps, run.status], [4, 'failed'])
    assert.equal(ledgerOf(readings, live).steps.length, 2)
  })

  it("keeps the agent's numbers when its run span fails", () => {
    const { steps } = ledgerOf([agent('root', { to: 99, error: { message: 'boom' } }), thought('a', 10, 0), thought('b', 20, 4)])
    assert.deepEqual(
      steps.map(s => [s.type, s.sequence]),
      [
        ['thought', 0],
        ['thought', 4],
        ['error', 5],
      ],
    )
  })

  it('orders steps of one instant by kind, then by the counter of the vocabulary, then by span', () => {
    const at5 = { parent: 'root', from: 5, to: 5 } as const
    assert.deepEqual(
      order(
        root,
        told('e', 'error', at5),
        model('z', { ...at5, text: 'z', ordinal: 1 }),
        model('y', { ...at5, text: 'y', ordinal: 2 }),
        model('a', { ...at5, text: 'a', ordinal: 2 }),
      ).map(s => s[0]),
      ['z', 'a', 'y', 'e'],
    )
  })
})
