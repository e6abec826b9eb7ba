import assert from 'node:assert/strict'
import { runOf, sentSpan } from './items.ts'

describe('a run whose spans lie in others that never came', () => {
  const thought = { 'agent.step.type': 'thought', 'agent.step.content': '{"text":"kept"}' }
  const missingOf = (spans: Parameters<typeof runOf>[0]): unknown => Object(runOf(spans).run.metadata['runledger'])['missing_parents']

  it('names them, once it has ended', () => {
    const spans = [
      sentSpan('agent', 'agent', { attributes: { 'agent.id': 'one' } }),
      sentSpan('one', 'think', { in: 'lost', attributes: thought }),
      sentSpan('two', 'think', { in: 'lost', attributes: thought }),
    ]
    const { count, spans: named } = Object(missingOf(spans))
    assert.equal(count, 1)
    assert.match(named[0], /^[0-9a-f]{32}\/[0-9a-f]{16}$/)
  })

  it('says nothing where its one agent was called by somebody who is not here, or nothing of it is lost', () => {
    const agent = sentSpan('agent', 'agent', { in: 'caller', attributes: { 'agent.id': 'one' } })
    assert.equal(missingOf([agent, sentSpan('one', 'think', { in: 'agent', attributes: thought })]), undefined)
    const root = sentSpan('agent', 'agent', { attributes: { 'agent.id': 'one' } })
    assert.equal(missingOf([root, sentSpan('fetch', 'GET', { in: 'lost' })]), undefined)
  })

  it('is the same in any order', () => {
    const spans = ['a', 'b', 'c'].map(name => sentSpan(name, 'think', { in: `lost ${name}`, attributes: thought }))
    const agent = sentSpan('agent', 'agent', { attributes: { 'agent.id': 'one' } })
    assert.deepEqual(missingOf([agent, ...spans]), missingOf([...spans.toReversed(), agent]))
    assert.equal(Object(missingOf([agent, ...spans])).count, 3)
  })
})
