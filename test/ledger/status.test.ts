import assert from 'node:assert/strict'
import type { Clock } from '../../src/model/ledger.ts'
import { agent, ask, at, ledgerOf, live, log, model, settled, span, told, tool } from './readings.ts'

type Readings = Parameters<typeof ledgerOf>[0]
const quiet: Clock = { quiet: true, idle: false }

const status = (readings: Readings, clock: Clock = live): readonly unknown[] => {
  const { run, waits } = ledgerOf(readings, clock)
  return [run.status, waits]
}
const because = (readings: Readings, clock: Clock = live): unknown => {
  const ours = ledgerOf(readings, clock).run.metadata['runledger']
  return typeof ours === 'object' && ours !== null && 'status_inferred' in ours ? ours['status_inferred'] : undefined
}

const answer = model('m', { parent: 'root', from: 1, text: 'Done.', usage: { finish: 'stop' } })
const boom = { message: 'boom' }

describe('assemble, the status of a run', () => {
  it('is running until its outermost agent has ended, then completed', () => {
    assert.deepEqual(status([answer]), ['running', 'idle'])
    assert.deepEqual(status([answer, agent('root', { to: 'open' })]), ['running', 'idle'])
    assert.deepEqual(status([answer, agent('root', { to: 30 })]), ['completed', null])
    assert.equal(ledgerOf([answer, agent('root', { to: 30 })], live).run.endedAt, at(30))
  })

  it('does not take an agent for the outermost before its parent was seen, or the group has been quiet', () => {
    const nested = [agent('sub', { parent: 'unseen', to: 30 }), answer]
    assert.deepEqual(
      [status(nested), status(nested, quiet)],
      [
        ['running', 'quiet'],
        ['completed', null],
      ],
    )
    assert.deepEqual(status([...nested, agent('unseen', { to: 'open' })], quiet), ['running', 'idle'])
  })

  it('goes by the root of any kind where there is no agent span', () => {
    assert.deepEqual(status([span('http', { to: 30 }), model('m', { parent: 'http', text: 'x' })]), ['completed', null])
    assert.deepEqual(status([model('m', { text: 'x' })]), ['completed', null])
  })

  it('is what the run span says it is', () => {
    const said = (value: 'completed' | 'failed' | 'cancelled' | 'running') =>
      status([agent('root', { to: 30, run: { status: value }, error: boom }), answer])
    assert.deepEqual(
      [said('completed'), said('failed'), said('cancelled'), said('running')],
      [
        ['completed', null],
        ['failed', null],
        ['cancelled', null],
        ['running', null],
      ],
    )
    const nested = agent('sub', { parent: 'root', run: { status: 'failed' } })
    assert.deepEqual(status([agent('root', { to: 30 }), nested, answer]), ['completed', null])
  })

  it('is pending when announced and not begun, running as soon as anything is seen', () => {
    const announced = agent('root', { to: 'open', run: { status: 'pending' } })
    assert.deepEqual(status([announced]), ['pending', 'idle'])
    assert.deepEqual(status([announced, answer]), ['running', 'idle'])
    assert.deepEqual(status([announced], settled), ['failed', null])
  })

  it('is failed where the agent ended with an error, cancelled where that was a cancellation', () => {
    assert.deepEqual(status([agent('root', { to: 30, error: boom })]), ['failed', null])
    assert.deepEqual(status([agent('root', { to: 30, error: boom, cancelled: true })]), ['cancelled', null])
  })

  it('is cancelled where what ran last was, and nobody answered after it', () => {
    const asks = model('m', { parent: 'root', from: 1, to: 2, calls: [{ name: 't' }], usage: { finish: 'tool_call' } })
    const stopped = [agent('root', { to: 30 }), asks, tool('t', { parent: 'root', from: 3, error: boom, cancelled: true })]
    assert.deepEqual(status(stopped), ['cancelled', null])
    assert.equal(because(stopped), 'what ran last was cancelled, and no answer came')
    const mute = tool('t', { parent: 'root', from: 3, call: { name: 't', arguments: {} } })
    assert.deepEqual(status([agent('root', { to: 30 }), asks, mute]), ['cancelled', null])
    assert.deepEqual(status([agent('root', { to: 30 }), asks, { ...mute, captured: false }]), ['completed', null])
    assert.deepEqual(status([...stopped, model('n', { parent: 'root', from: 20, text: 'Done.' })]), ['completed', null])
    assert.deepEqual(status([agent('root', { to: 30, run: { output: 'Done.' } }), ...stopped.slice(1)]), ['completed', null])
  })

  it('is completed where the error is only that of a tool, copied up, and the answer came', () => {
    const copied = [agent('root', { to: 30, status: 'error', error: boom }), tool('t', { parent: 'root', error: boom })]
    assert.deepEqual(status([...copied, answer]), ['completed', null])
    assert.equal(because([...copied, answer]), 'the error is of a tool, the answer came')
    assert.deepEqual(status(copied), ['failed', null])
    assert.deepEqual(status([...copied, model('m', { parent: 'root', from: 1, error: boom })]), ['failed', null])
  })

  it('is completed where the error is nobody says whose, and the answer came', () => {
    const copied = [agent('root', { to: 30, status: 'error' }), model('m', { parent: 'root', from: 1, to: 2, error: boom })]
    assert.deepEqual(status([...copied, answer]), ['completed', null])
    assert.equal(because([...copied, answer]), 'the error is of another span, the answer came')
    assert.deepEqual(status(copied), ['failed', null])
  })

  it('is cancelled where the last model call was cut off', () => {
    const cut = [
      agent('root', { to: 30 }),
      model('a', { parent: 'root', text: 'x', usage: { finish: 'tool_call' } }),
      model('b', { parent: 'root', from: 20 }),
    ]
    assert.deepEqual(status(cut), ['cancelled', null])
    assert.deepEqual(status([...cut, model('c', { parent: 'root', from: 25, text: 'y' })]), ['completed', null])
  })

  it('is settled when nothing came for long: completed where nothing is open and something was told, else failed', () => {
    assert.deepEqual(status([log('l', { text: 'Done.' })], settled), ['completed', null])
    assert.equal(because([log('l', { text: 'Done.' })], settled), 'no news, nothing open')
    assert.deepEqual(
      status([told('c', 'tool_call', { parent: 'unseen', call: { name: 'a' } }), told('t', 'thought', { parent: 'unseen' })], settled),
      ['completed', null],
    )
    for (const readings of [
      [agent('root', { to: 'open' as const }), answer],
      [log('l', { text: 'x', calls: [ask('a')] })],
      [log('l', { about: 'call', call: { name: 'a', arguments: {} } })],
    ]) {
      const { run, steps } = ledgerOf(readings, settled)
      assert.deepEqual([run.status, steps.at(-1)?.content['code']], ['failed', 'abandoned'])
      assert.equal(steps.at(-1)?.time, run.endedAt)
    }
  })

  it('revives an abandoned run when more arrives', () => {
    const readings = [agent('root', { to: 'open' }), answer]
    assert.equal(ledgerOf(readings, settled).steps.length, 2)
    assert.deepEqual(status([...readings, agent('root', { to: 40 })]), ['completed', null])
    assert.equal(ledgerOf([...readings, agent('root', { to: 40 })], settled).steps.length, 1)
  })
})
