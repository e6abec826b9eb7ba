import assert from 'node:assert/strict'
import { agent, ask, at, ledgerOf, lines, live, model, span, told, tool } from './readings.ts'

const item = (id: string, title: string, status: 'pending' | 'completed' = 'pending') => ({ id, title, status })

describe('assemble, steps the agent told itself', () => {
  it('makes each span the step it says it is: calls at their start, all others at their end', () => {
    const ledger = ledgerOf([
      agent('root', { to: 99 }),
      told('th', 'thought', { parent: 'root', from: 1, to: 5, text: 'Hm.' }),
      told('ca', 'tool_call', { parent: 'root', from: 6, to: 20, call: { name: 'a', output: 1 } }),
      told('er', 'error', { parent: 'root', from: 21, to: 22, error: { message: 'boom', code: 'E' } }),
      told('pl', 'plan_update', { parent: 'root', from: 23, to: 24, plan: { items: [item('1', 'read')], mode: 'replace' } }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => [s.type, s.time, s.latencyMs]),
      [
        ['thought', at(5), 4],
        ['tool_call', at(6), null],
        ['tool_result', at(20), 14],
        ['error', at(22), null],
        ['plan_update', at(24), null],
      ],
    )
  })

  it('joins call and result that are two spans by their call id', () => {
    const ledger = ledgerOf([
      told('c', 'tool_call', { from: 1, to: 2, call: { id: 'x', name: 'a' } }),
      told('r', 'tool_result', { from: 3, to: 9, call: { id: 'x', output: 'out', isError: true } }),
    ])
    assert.deepEqual(lines(ledger), ['call a {}', 'result a "out" !'])
    assert.deepEqual(
      ledger.steps.map(s => [s.spanId, s.parentStepId]),
      [
        ['c', null],
        ['r', ledger.steps[0]?.id ?? ''],
      ],
    )
  })

  it('keeps a result without its call as a step', () =>
    assert.deepEqual(lines(ledgerOf([told('r', 'tool_result', { call: { id: 'x', name: 'a', output: 1 } })])), ['result a 1']))

  it('makes no result of a call that told none, one of a call that failed', () => {
    assert.deepEqual(lines(ledgerOf([told('c', 'tool_call', { call: { name: 'a' } })])).slice(0, 1), ['call a {}'])
    const failed = ledgerOf([
      agent('root', { to: 20 }),
      told('c', 'tool_call', { parent: 'root', call: { name: 'a' }, error: { message: 'no' } }),
    ])
    assert.deepEqual(lines(failed), ['call a {}', 'result a "no" !'])
    assert.deepEqual(lines(ledgerOf([agent('root', { to: 20 }), told('c', 'tool_call', { parent: 'root', call: { name: 'a' } })])), [
      'call a {}',
    ])
  })

  it('makes the step of what is there where its content has another shape', () => {
    const odd = { ignored: ['agent.step.content'], rest: { 'agent.step.content': 'no object' } }
    const ledger = ledgerOf([
      agent('root', { to: 99 }),
      told('a', 'thought', { ...odd, parent: 'root', from: 1 }),
      told('b', 'tool_call', { ...odd, parent: 'root', from: 20 }),
      told('c', 'tool_result', { ...odd, parent: 'root', from: 40 }),
      told('d', 'error', { ...odd, parent: 'root', from: 60 }),
      told('e', 'plan_update', { ...odd, parent: 'root', from: 80 }),
    ])
    assert.deepEqual(lines(ledger), ['thought ', 'call b {}', 'result c null', 'error ', 'plan_update []'])
    assert.ok(ledger.steps.every(s => s.attributes['agent.step.content'] === 'no object'))
    assert.deepEqual(ledger.run.metadata['runledger'], {
      folded: { 'agent span: holds steps, is none': 1 },
      ignored: { 'agent.step.content': 5 },
    })
  })

  it('shows of what has only started the calls alone', () => {
    const open = { parent: 'root', to: 'open' } as const
    const ledger = ledgerOf(
      [
        agent('root', { to: 'open' }),
        told('a', 'thought', { ...open, from: 1 }),
        told('b', 'tool_call', { ...open, from: 2, call: { name: 'b' } }),
        told('c', 'tool_result', { ...open, from: 3 }),
        told('d', 'error', { ...open, from: 4 }),
        told('e', 'plan_update', { ...open, from: 5 }),
      ],
      live,
    )
    assert.deepEqual(lines(ledger), ['call b {}'])
  })

  it('lets what has ended stand for what had started, and of two reports always the same one', () => {
    const started = told('a', 'tool_call', { to: 'open', call: { name: 'early' } })
    const ended = told('a', 'tool_call', { to: 5, call: { name: 'late', output: 1 } })
    const longer = told('a', 'tool_call', { to: 6, digest: 'z', call: { name: 'later', output: 2 } })
    for (const order of [
      [started, ended, longer],
      [longer, ended, started],
      [ended, longer, started],
    ])
      assert.deepEqual(lines(ledgerOf(order)).slice(0, 2), ['call later {}', 'result later 2'])
  })
})

describe('assemble, plans', () => {
  const write = (mode: 'replace' | 'patch', ...items: readonly ReturnType<typeof item>[]) => ({ name: 'todo', plan: { mode, items } })

  it('makes the output of the model within a plan span the plan, and no thought', () => {
    const ledger = ledgerOf([
      agent('root', { to: 99 }),
      span('p', { parent: 'root', role: 'plan', to: 20 }),
      model('m', { parent: 'p', from: 1, to: 15, text: '1. Read', reasoning: 'Short.', usage: { inputTokens: 2 } }),
      model('n', { parent: 'root', from: 30, to: 40, text: 'Done.' }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => [s.type, s.content]),
      [
        ['plan_update', { items: [], explanation: 'Short.', text: '1. Read' }],
        ['thought', { text: 'Done.' }],
      ],
    )
    assert.equal(ledger.steps[0]?.attributes['input_tokens'], 2)
  })

  it('makes a plan tool a plan instead of a call, unless it failed', () => {
    const call = { ...write('replace', item('1', 'read')), arguments: { todos: 1 } }
    assert.deepEqual(lines(ledgerOf([tool('t', { call })])), ['plan_update [{"id":"1","title":"read","status":"pending"}]'])
    assert.deepEqual(lines(ledgerOf([tool('t', { call: { ...call, isError: true, output: 'no' } })])), [
      'call todo {"todos":1}',
      'result todo "no" !',
    ])
  })

  it('applies patches by id to the plan of the same agent that stood before', () => {
    const ledger = ledgerOf([
      agent('root', { to: 99 }),
      agent('sub', { parent: 'root', from: 1, to: 99 }),
      tool('a', { parent: 'root', from: 10, call: write('replace', item('1', 'read'), item('2', 'write')) }),
      tool('b', { parent: 'sub', from: 12, call: write('patch', item('9', 'other')) }),
      tool('c', { parent: 'root', from: 20, call: write('patch', item('2', '', 'completed'), item('3', 'send')) }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => s.content['items']),
      [
        [item('1', 'read'), item('2', 'write')],
        [item('9', 'other')],
        [item('1', 'read'), item('2', 'write', 'completed'), item('3', 'send')],
      ],
    )
  })

  it('knows the plan of a call that no span tells of', () =>
    assert.deepEqual(
      lines(ledgerOf([model('m', { calls: [ask('todo', { plan: { mode: 'replace', items: [item('1', 'read')] } })] })])),
      ['plan_update [{"id":"1","title":"read","status":"pending"}]', 'error No end of the run was received'].slice(0, 1),
    ))
})
