import assert from 'node:assert/strict'
import { agent, ledgerOf, lines, log, model, span, tool, trace } from './readings.ts'

const boom = { message: 'boom', code: 'E1', traceback: 'at x' }
const errors = (...readings: Parameters<typeof ledgerOf>[0]): readonly unknown[] =>
  ledgerOf(readings)
    .steps.filter(s => s.type === 'error')
    .map(s => [s.spanId, s.content['message']])

describe('assemble, errors', () => {
  it('tells an error once, where it is deepest', () => {
    const root = agent('root', { to: 99, error: boom })
    const chain = span('chain', { parent: 'root', error: boom })
    assert.deepEqual(errors(root, chain, model('m', { parent: 'chain', error: boom })), [['m', 'boom']])
    assert.deepEqual(errors(root, chain), [['root', 'boom']])
    assert.deepEqual(errors(root, chain, model('m', { parent: 'chain', error: { message: 'boom' } })), [['m', 'boom']])
  })

  it('tells different errors each', () =>
    assert.deepEqual(
      errors(agent('root', { to: 99, error: { message: 'gave up' } }), model('m', { parent: 'root', error: boom })),
      [
        ['root', 'gave up'],
        ['m', 'boom'],
      ].toReversed(),
    ))

  it('tells an error once that a span above quotes, unless what it quotes is too short to mean it', () => {
    const above = (message: string) => agent('root', { to: 99, error: { message: `Error in agent run: {"error":"${message}"}` } })
    const out = { message: 'the model is out of order' }
    assert.deepEqual(errors(above(out.message), model('m', { parent: 'root', error: out })), [['m', out.message]])
    assert.equal(errors(above('boom'), model('m', { parent: 'root', error: boom })).length, 2)
  })

  it('tells the error of a tool as its result alone, also where its callers repeat it under another code', () => {
    const ledger = ledgerOf([
      agent('root', { to: 99, error: { message: 'boom', code: 'E9' } }),
      tool('t', { parent: 'root', call: { name: 'a' }, error: boom }),
    ])
    assert.deepEqual(lines(ledger), ['call a {}', 'result a "boom" !'])
    assert.equal(ledger.run.errors, 1)
  })

  it('tells an error that a log repeats once, with the traceback of whoever has it', () => {
    const { traceback, ...short } = boom
    const { steps } = ledgerOf([
      model('m', { error: short }),
      log('l', { from: 5, traceId: trace, spanId: 'm', error: { ...short, traceback } }),
    ])
    assert.deepEqual(
      steps.map(s => s.content),
      [boom],
    )
  })

  it('tells an error once where what is between who told it first and the agent never came', () => {
    const boom = { message: 'boom', code: 'Overloaded' }
    const orphan = model('m', { parent: 'never', from: 5, to: 20, error: boom })
    assert.deepEqual(errors(agent('root', { to: 30, error: boom }), orphan), [['m', 'boom']])
    const around = [span('trace', { to: 40, error: boom }), agent('root', { parent: 'trace', to: 30, error: boom })]
    assert.deepEqual(errors(...around, tool('t', { parent: 'never', from: 5, to: 20, error: boom })), [])
    assert.deepEqual(errors(agent('root', { to: 10, error: boom }), orphan), [
      ['root', 'boom'],
      ['m', 'boom'],
    ])
  })

  it('tells none of a cancelled span, nor of spans of nobody beside an agent', () => {
    assert.deepEqual(errors(agent('root', { cancelled: true, error: boom })), [])
    assert.deepEqual(errors(agent('root', { to: 99 }), span('http', { parent: 'root', error: boom })), [])
    assert.deepEqual(errors(span('http', { error: boom, to: 99 }), model('m', { parent: 'http', text: 'x' })), [['http', 'boom']])
  })
})
