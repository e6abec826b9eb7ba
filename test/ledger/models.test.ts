import assert from 'node:assert/strict'
import type { Reading } from '../../src/conventions/reading.ts'
import { agent, ask, at, ledgerOf, lines, live, log, model, span, tool, trace } from './readings.ts'

const inSpan = (spanId: string) => ({ traceId: trace, spanId })

describe('assemble, calls of models', () => {
  it('makes one thought of what its span says, at its end', () => {
    const [step, ...others] = ledgerOf([
      model('m', {
        from: 5,
        to: 30,
        text: 'Hi.',
        reasoning: 'Be short.',
        rest: { temperature: 1 },
        usage: {
          provider: 'p',
          requestModel: 'big',
          responseModel: 'big-1',
          inputTokens: 3,
          outputTokens: 4,
          cost: 0.5,
          finish: 'stop',
          responseId: 'r',
        },
      }),
    ]).steps
    assert.deepEqual(others, [])
    assert.deepEqual([step?.content, step?.time, step?.latencyMs], [{ text: 'Hi.', reasoning: 'Be short.' }, at(30), 25])
    assert.deepEqual(step?.attributes, {
      temperature: 1,
      provider: 'p',
      model: 'big-1',
      request_model: 'big',
      input_tokens: 3,
      output_tokens: 4,
      cost: 0.5,
      finish_reason: 'stop',
      response_id: 'r',
    })
  })

  it('makes none of a call that only asked for tools, has not ended, or failed without a word', () => {
    const silent = [
      model('a', { calls: [ask('x')] }),
      model('b', { from: 20, to: 'open' }),
      model('c', { from: 30, error: { message: 'no' }, captured: false }),
    ]
    assert.deepEqual(lines(ledgerOf(silent, live)), ['call x {}', 'error no'])
  })

  it('says so where the agent sends no content', () =>
    assert.deepEqual(
      ledgerOf([model('m', { captured: false })]).steps.map(s => s.content),
      [{ text: '', content_captured: false }],
    ))

  it('puts a thought before the first call it asked for, though its span was closed later', () => {
    const ledger = ledgerOf([
      model('m', { from: 0, to: 30, text: 'Going.', calls: [ask('a', { id: 'c' })] }),
      tool('t', { from: 20, to: 25, call: { id: 'c', name: 'a', output: 1 } }),
    ])
    assert.deepEqual(lines(ledger), ['thought Going.', 'call a {}', 'result a 1'])
    assert.equal(ledger.steps[0]?.time, at(20))
  })

  it('keeps the inner of two model calls one within the other, with what the outer adds', () => {
    const ledger = ledgerOf([
      model('outer', { to: 50, text: 'Hi.', usage: { cost: 0.1, inputTokens: 99 } }),
      span('http', { parent: 'outer', from: 1 }),
      model('inner', { parent: 'http', from: 2, to: 40, text: 'Hi.', usage: { inputTokens: 3 } }),
    ])
    assert.deepEqual(lines(ledger), ['thought Hi.'])
    assert.deepEqual([ledger.steps[0]?.spanId, ledger.run.inputTokens, ledger.run.cost], ['inner', 3, 0.1])
  })

  it('keeps both where a tool or an agent lies in between, also under one response id', () => {
    const usage = { responseId: 'chatcmpl-1' }
    const between = (role: 'tool' | 'agent') =>
      ledgerOf([
        model('outer', { to: 50, text: 'Out.', usage, calls: [ask('sub', { id: 'c' })] }),
        span('between', { parent: 'outer', from: 5, to: 45, role, call: { id: 'c', name: 'sub' } }),
        model('inner', { parent: 'between', from: 6, to: 20, text: 'In.', usage }),
      ]).steps.filter(s => s.type === 'thought')
    assert.deepEqual(
      between('tool').map(s => s.content['text']),
      ['Out.', 'In.'],
    )
    assert.deepEqual(
      between('agent')
        .map(s => s.content['text'])
        .sort(),
      ['In.', 'Out.'],
    )
  })

  it('folds equal response ids only where the spans overlap', () => {
    const usage = { responseId: 'r' }
    const later = (from: number) =>
      ledgerOf([model('a', { to: 10, text: 'one', usage }), model('b', { from, text: 'one', usage })]).steps.length
    assert.deepEqual([later(5), later(20)], [1, 2])
  })

  it('adds details and logs of its span, and counts why they are no steps', () => {
    const ledger = ledgerOf([
      model('m', { to: 10, usage: { inputTokens: 1 } }),
      span('chunk', { parent: 'm', from: 2, role: 'detail', reasoning: 'Hm.', calls: [ask('a', { id: 'c1' })] }),
      span('chunk2', { parent: 'm', from: 3, role: 'detail', calls: [ask('b', { id: 'c2' })] }),
      log('choice', { ...inSpan('m'), from: 9, text: 'Said.' }),
    ])
    assert.deepEqual(lines(ledger), ['thought Said.', 'call a {}', 'call b {}'])
    assert.equal(ledger.steps[0]?.content['reasoning'], 'Hm.')
    assert.deepEqual(ledger.run.metadata['runledger'], { folded: { 'detail of a model call': 2, 'log of a model call': 1 } })
  })

  it('joins logs written beside model spans to the last that had begun, one of a name each', () => {
    const beside = (name: string, from: number, said: Partial<Reading>): Reading =>
      log(`${name}${from}`, { ...inSpan('root'), name, from, ...said })
    const ledger = ledgerOf([
      agent('root', { to: 100 }),
      model('m1', { parent: 'root', from: 1, to: 10, calls: [ask('x', { id: 'c' })] }),
      model('m2', { parent: 'root', from: 20, to: 30 }),
      beside('usage', 11, { usage: { inputTokens: 1 } }),
      beside('usage', 31, { usage: { inputTokens: 2 } }),
      beside('answer', 31, { text: 'Second.' }),
    ])
    assert.deepEqual(lines(ledger), ['call x {}', 'thought Second.'])
    assert.deepEqual([ledger.steps[1]?.spanId, ledger.steps[1]?.attributes['input_tokens'], ledger.run.inputTokens], ['m2', 2, 3])
  })

  it('makes thoughts of logs alone: a name that comes again begins the next call', () => {
    const ledger = ledgerOf([
      log('u1', { name: 'usage', from: 1, usage: { inputTokens: 1 } }),
      log('u2', { name: 'usage', from: 5, usage: { inputTokens: 2 } }),
      log('a2', { name: 'answer', from: 6, text: 'Second.' }),
      log('u3', { name: 'usage', from: 9, usage: { inputTokens: 4 } }),
      log('a3', { name: 'answer', from: 9, ordinal: 1, text: 'Third.' }),
    ])
    assert.deepEqual(lines(ledger), ['thought Second.', 'thought Third.'])
    assert.deepEqual(
      ledger.steps.map(s => s.attributes['input_tokens']),
      [2, 4],
    )
    assert.equal(ledger.run.inputTokens, 7)
  })

  it('makes the same thought of a log whose span comes later', () => {
    const early = log('l', { ...inSpan('m'), from: 8, text: 'Said.' })
    assert.equal(ledgerOf([early]).steps[0]?.id, ledgerOf([early, model('m')]).steps[0]?.id)
  })

  it('takes reasoning that only the next call of the same agent replays', () => {
    const ledger = ledgerOf([
      model('m1', { text: 'One.' }),
      model('m2', { from: 20, text: 'Two.', given: { results: [], files: [], reasoning: 'Because.' } }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => s.content['reasoning']),
      ['Because.', undefined],
    )
  })
})
