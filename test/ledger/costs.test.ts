import assert from 'node:assert/strict'
import type { Reading } from '../../src/conventions/reading.ts'
import { assemble } from '../../src/ledger/index.ts'
import type { Ledger } from '../../src/model/ledger.ts'
import type { PriceOf } from '../../src/model/price.ts'
import { agent, model, runId, settled } from './readings.ts'

// A dollar a token, of every model but one.
const priceOf: PriceOf = ({ requestModel, inputTokens = 0 }) =>
  requestModel === 'unlisted' ? undefined : { cost: inputTokens, source: 'list 1' }

const folded = { 'agent span: holds steps, is none': 1 }

const ledgerOf = (readings: readonly Reading[]): Ledger | undefined => assemble(runId, readings, settled, priceOf)
const costs = (ledger: Ledger | undefined) => ledger?.steps.map(({ attributes: a }) => [a['cost'], a['cost_source']])
const call = (id: string, from: number, usage: Reading['usage']) => model(id, { from, text: 'said', parent: 'a', ...(usage && { usage }) })

describe('the cost of a run', () => {
  it('is what was sent, wherever it was sent', () => {
    const ledger = ledgerOf([agent('a', { to: 90 }), call('m', 1, { requestModel: 'x', inputTokens: 7, cost: 0.5 })])
    assert.equal(ledger?.run.cost, 0.5)
    assert.deepEqual(ledger.run.metadata['runledger'], { folded })
    assert.deepEqual(costs(ledger), [[0.5, undefined]])
  })

  it('is what its agent has sent rather than what its calls would cost', () => {
    const ledger = ledgerOf([agent('a', { to: 90, usage: { cost: 2 } }), call('m', 1, { requestModel: 'x', inputTokens: 7 })])
    assert.equal(ledger?.run.cost, 2)
    assert.deepEqual(ledger.run.metadata['runledger'], { folded })
    assert.deepEqual(costs(ledger), [[7, 'list 1']])
  })

  it('follows from model and tokens where nobody sent it, and says so', () => {
    const ledger = ledgerOf([agent('a', { to: 90 }), call('m', 1, { requestModel: 'x', inputTokens: 7 })])
    assert.equal(ledger?.run.cost, 7)
    assert.deepEqual(ledger.run.metadata['runledger'], { cost: { source: 'computed', prices: 'list 1' }, folded })
    assert.deepEqual(costs(ledger), [[7, 'list 1']])
  })

  it('counts a call that only asked for tools, and says how many calls have no price', () => {
    const ledger = ledgerOf([
      agent('a', { to: 90 }),
      call('m', 1, { requestModel: 'x', inputTokens: 7, cost: 0.5 }),
      model('n', { from: 20, parent: 'a', text: '', usage: { requestModel: 'x', inputTokens: 3 } }),
      call('o', 40, { requestModel: 'unlisted', inputTokens: 9 }),
      call('p', 60, {}),
    ])
    assert.equal(ledger?.run.cost, 3.5)
    const told = ledger.run.metadata['runledger']
    assert.deepEqual(typeof told === 'object' && told !== null && 'cost' in told ? told['cost'] : undefined, {
      source: 'mixed',
      prices: 'list 1',
      unpriced: 1,
    })
  })

  it('is unknown where nothing is known', () => {
    assert.equal(ledgerOf([agent('a', { to: 90 }), call('m', 1, { requestModel: 'unlisted', inputTokens: 7 })])?.run.cost, null)
  })
})
