import assert from 'node:assert/strict'
import { samplingOf } from '../../src/conventions/sampling.ts'
import { runOf, sentSpan } from './items.ts'

const withState = (traceState: string) => samplingOf({ ...sentSpan('a', 'a'), traceState })

describe('samplingOf', () => {
  it('reads the threshold and the older exponent of tracestate, wherever they stand', () => {
    assert.deepEqual(withState('ot=th:c'), { by: 'tracestate', probability: 0.25 })
    assert.deepEqual(withState('other=1, ot=rv:01234567890123;th:8'), { by: 'tracestate', probability: 0.5 })
    assert.deepEqual(withState('ot=r:5;p:3'), { by: 'tracestate', probability: 0.125 })
    assert.deepEqual(withState('ot=p:63'), { by: 'tracestate', probability: 0 })
  })

  it('reads what samplers leave in attributes', () => {
    const of = (attributes: Record<string, string | number>) => samplingOf(sentSpan('a', 'a', { attributes }))
    assert.deepEqual(of({ 'sampling.probability': 0.1 }), { by: 'sampling.probability', probability: 0.1 })
    assert.deepEqual(of({ SampleRate: 4 }), { by: 'SampleRate', probability: 0.25 })
    assert.deepEqual(of({ 'sampler.type': 'probabilistic', 'sampler.param': 0.5 }), { by: 'sampler.param', probability: 0.5 })
  })

  it('says nothing where everything is kept, or nothing can be understood', () => {
    for (const state of ['', 'ot=th:0', 'ot=th:zz', 'ot=p:0', 'ot=p:99', 'vendor=th:8', 'ot='])
      assert.equal(withState(state), undefined, state)
    const of = (attributes: Record<string, string | number>) => samplingOf(sentSpan('a', 'a', { attributes }))
    assert.equal(of({ SampleRate: 1 }), undefined)
    assert.equal(of({ SampleRate: 'much', 'sampling.probability': -1, 'sampler.type': 'const', 'sampler.param': 0.5 }), undefined)
  })
})

describe('a sampled run', () => {
  it('is marked as sampled, with the parents that were left out', () => {
    const attributes = { 'agent.step.type': 'thought', 'agent.step.content': '{"text":"kept"}' }
    const kept = [
      sentSpan('agent', 'agent', { attributes: { 'agent.id': 'one' } }),
      { ...sentSpan('one', 'think', { in: 'left out', attributes }), traceState: 'ot=th:8' },
      { ...sentSpan('two', 'think', { in: 'left out', attributes }), traceState: 'ot=th:c' },
    ]
    const { run, steps } = runOf(kept)
    assert.deepEqual(run.metadata['runledger'], {
      folded: { 'agent span: holds steps, is none': 1 },
      sampled: { probability: 0.25, by: 'tracestate', missing_parents: 1 },
    })
    assert.equal(steps.length, 2)
  })
})
