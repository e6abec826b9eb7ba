import assert from 'node:assert/strict'
import type { Reading } from '../../src/conventions/reading.ts'
import { agent, ask, at, ledgerOf, lines, live, log, model, span, tool } from './readings.ts'

const paris = { city: 'Paris' }
const given = (...results: NonNullable<Reading['given']>['results']) => ({ results, files: [] })

describe('assemble, calls of tools', () => {
  it('joins a span to the model output of its id, and keeps parallel calls in their order', () => {
    const ledger = ledgerOf([
      model('m', { to: 10, text: 'Looking.', calls: [ask('a', { id: 'c1', arguments: paris }), ask('b', { id: 'c2' })] }),
      tool('t2', { from: 12, to: 15, call: { id: 'c2', name: 'b', output: 2 } }),
      tool('t1', { from: 12, to: 20, call: { id: 'c1', name: 'a', output: 1 } }),
    ])
    assert.deepEqual(lines(ledger), ['thought Looking.', 'call a {"city":"Paris"}', 'call b {}', 'result b 2', 'result a 1'])
    assert.deepEqual(
      ledger.steps.map(s => s.content['call_id']),
      [undefined, 'c1', 'c2', 'c2', 'c1'],
    )
  })

  it('gives an id that comes again every turn to the nearest earlier output', () => {
    const turn = (n: number): readonly Reading[] => [
      model(`m${n}`, { from: n * 100, calls: [ask('look', { id: 'call_0', arguments: { n } })] }),
      tool(`t${n}`, { from: n * 100 + 20, call: { id: 'call_0', name: 'look', output: n } }),
    ]
    assert.deepEqual(lines(ledgerOf([...turn(2), ...turn(1)])), [
      'call look {"n":1}',
      'result look 1',
      'call look {"n":2}',
      'result look 2',
    ])
  })

  it('keeps the ids of agents that work at the same time apart', () => {
    const branch = (name: string, from: number): readonly Reading[] => [
      agent(name, { parent: 'root', from, to: 90 }),
      model(`${name}m`, { parent: name, from, to: from + 5, calls: [ask('look', { id: 'call_0', arguments: { name } })] }),
      tool(`${name}t`, { parent: name, from: from + 20, call: { id: 'call_0', name: 'look', output: name } }),
    ]
    const { steps } = ledgerOf([agent('root', { to: 100 }), ...branch('x', 10), ...branch('y', 12)])
    const calls = steps.filter(s => s.type === 'tool_call')
    assert.deepEqual(
      calls.map(s => [s.spanId, s.content['arguments']]),
      [
        ['xt', { name: 'x' }],
        ['yt', { name: 'y' }],
      ],
    )
  })

  it('folds what lies in a call into it: transports whatever their name, the same call again, details', () => {
    const ledger = ledgerOf([
      tool('t', { to: 50, call: { id: 'c', name: 'mcp__maps__find', arguments: paris } }),
      span('c1', {
        parent: 't',
        from: 2,
        role: 'transport',
        call: { name: 'find', arguments: { other: 1 }, output: 'found', server: 'maps' },
      }),
      span('c2', { parent: 'c1', from: 3, role: 'transport', call: { name: 'find', output: 'never' } }),
      tool('again', { parent: 't', from: 4, call: { id: 'c', name: 'find' } }),
      span('detail', { parent: 'again', from: 5, role: 'detail', error: { message: 'late' } }),
    ])
    assert.deepEqual(lines(ledger), ['call mcp__maps__find {"city":"Paris"}', 'result mcp__maps__find "found" !'])
    assert.equal(ledger.steps[0]?.attributes['server'], 'maps')
    assert.deepEqual(ledger.run.metadata['runledger'], {
      folded: { 'detail of a tool call': 1, 'tool call within its own call': 1, 'transport of a tool call': 2 },
    })
  })

  it('makes a transport without a tool above it a call', () =>
    assert.deepEqual(
      lines(ledgerOf([agent('root', { to: 30 }), span('c', { parent: 'root', role: 'transport', call: { name: 'find', output: 1 } })])),
      ['call find {}', 'result find 1'],
    ))

  it('joins a span without id by name and equal arguments, whatever the order of their keys', () => {
    const ledger = ledgerOf([
      model('m', {
        to: 10,
        calls: [ask('f', { id: 'c1', arguments: { a: 1, b: { x: 1, y: 2 } } }), ask('f', { id: 'c2', arguments: { a: 2 } })],
      }),
      tool('second', { from: 11, to: 14, call: { name: 'f', arguments: { a: 2 }, output: 'two' } }),
      tool('first', { from: 12, to: 15, call: { name: 'f', arguments: { b: { y: 2, x: 1 }, a: 1 }, output: 'one' } }),
    ])
    const results = ledger.steps.filter(s => s.type === 'tool_result')
    assert.deepEqual(
      results.map(s => [s.content['call_id'], s.content['output']]),
      [
        ['c2', 'two'],
        ['c1', 'one'],
      ],
    )
    assert.equal(ledger.steps.length, 4)
  })

  it('gives repeated identical arguments to the turn they were asked in, also where a failed call left no span', () => {
    const ledger = ledgerOf([
      model('m1', { from: 0, to: 10, calls: [ask('rate', { arguments: paris })] }),
      model('m2', {
        from: 20,
        to: 30,
        calls: [ask('rate', { arguments: paris })],
        given: given({ name: 'rate', output: '503', isError: true }),
      }),
      tool('t2', { from: 31, to: 35, call: { name: 'rate', arguments: paris, output: 'ok' } }),
      model('m3', { from: 40, to: 50, text: 'Done.', given: given({ name: 'rate', output: 'ok' }) }),
    ])
    assert.deepEqual(lines(ledger), [
      'call rate {"city":"Paris"}',
      'result rate "503" !',
      'call rate {"city":"Paris"}',
      'result rate "ok"',
      'thought Done.',
    ])
  })

  it('joins by name and order where one side has no arguments, within one agent, not before it was asked', () => {
    const ledger = ledgerOf([
      agent('root', { to: 100 }),
      model('m', { parent: 'root', from: 10, to: 20, calls: [ask('f', { arguments: { n: 1 } }), ask('f', { arguments: { n: 2 } })] }),
      tool('early', { parent: 'root', from: 1, to: 2, call: { name: 'f', output: 'early' } }),
      tool('a', { parent: 'root', from: 21, to: 22, call: { name: 'f', output: 'a' } }),
      tool('b', { parent: 'root', from: 23, to: 24, call: { name: 'f', output: 'b' } }),
    ])
    assert.deepEqual(lines(ledger), ['call f {}', 'result f "early"', 'call f {"n":1}', 'result f "a"', 'call f {"n":2}', 'result f "b"'])
  })

  it('keeps the order of one answer where a call has no span, and the other begins a little later or earlier', () => {
    const orderFrom = (from: number, ...names: readonly string[]) =>
      ledgerOf([
        agent('root', { to: 90 }),
        model('m', { parent: 'root', from: 1, to: 10, text: 'm', calls: names.map(name => ask(name, { id: name })) }),
        tool('t', { parent: 'root', from, to: 20, call: { id: 'told', name: 'told', output: 1 } }),
      ]).steps.flatMap(({ type, content }) => (type === 'tool_call' ? [content['tool_name']] : []))
    for (const from of [9.5, 10, 10.5]) {
      assert.deepEqual(orderFrom(from, 'told', 'silent'), ['told', 'silent'])
      assert.deepEqual(orderFrom(from, 'silent', 'told'), ['silent', 'told'])
    }
  })

  it('shows a call without a span at the time of the answer, wherever it stands', () => {
    const { steps } = ledgerOf([
      model('m', { from: 1, to: 10, calls: [ask('told', { id: 'told' }), ask('silent', { id: 'silent' })] }),
      tool('t', { from: 12, to: 20, call: { id: 'told', name: 'told', output: 1 } }),
    ])
    assert.deepEqual(
      steps.map(({ type, time, content }) => [type, content['tool_name'], time]),
      [
        ['tool_call', 'told', at(12)],
        ['tool_call', 'silent', at(10)],
        ['tool_result', 'told', at(20)],
      ],
    )
  })

  it('does not put a call behind its own result, nor one that the provider has run behind those that came of the answer', () => {
    const ledger = ledgerOf([
      model('m1', { from: 1, to: 10, calls: [ask('told', { id: 'told' }), ask('silent', { id: 'silent' })] }),
      model('m2', { from: 20, to: 30, given: given({ callId: 'silent', output: 'soon' }) }),
      tool('t', { from: 40, to: 50, call: { id: 'told', name: 'told', output: 1 } }),
      model('m3', {
        from: 60,
        to: 70,
        calls: [ask('late', { id: 'late' }), ask('search', { id: 'search', server: true })],
        results: [{ callId: 'search', output: 'found' }],
      }),
      tool('l', { from: 71, to: 80, call: { id: 'late', name: 'late', output: 2 } }),
    ])
    assert.deepEqual(lines(ledger), [
      'call silent {}',
      'result silent "soon"',
      'call told {}',
      'result told 1',
      'call search {}',
      'result search "found"',
      'call late {}',
      'result late 2',
    ])
  })

  it('has calls in turn where the clock of milliseconds has one begin just before another has ended, and at once where it does not', () => {
    const orderOf = (a: readonly [number, number], b: readonly [number, number]) =>
      lines(
        ledgerOf([
          agent('root', { to: 90 }),
          tool('a', { parent: 'root', from: a[0], to: a[1], call: { name: 'a', output: 1 } }),
          tool('b', { parent: 'root', from: b[0], to: b[1], call: { name: 'b', output: 2 } }),
        ]),
      ).map(line => line.split(' ', 2).join(' '))
    const inTurn = ['call a', 'result a', 'call b', 'result b']
    assert.deepEqual(orderOf([10, 30.4], [30, 50]), inTurn)
    assert.deepEqual(orderOf([10, 30.4], [30, 30.2]), inTurn)
    const atOnce = ['call a', 'call b', 'result a', 'result b']
    assert.deepEqual(orderOf([10, 30.4], [29, 50]), atOnce)
    assert.deepEqual(orderOf([10, 10.4], [10, 50]), atOnce)
    assert.deepEqual(orderOf([10, 30.4], [30.1, 50]), atOnce)
  })

  it('makes a pair of a call and its result where no span tells of it', () => {
    const ledger = ledgerOf([
      model('m1', { from: 0, to: 10, calls: [ask('a', { id: 'c1' }), ask('b', { id: 'c2' })] }),
      model('m2', {
        from: 20,
        to: 30,
        text: 'ok',
        given: given({ callId: 'c2', output: 'two' }, { callId: 'c1', output: 'failed', isError: true }),
      }),
    ])
    assert.deepEqual(lines(ledger), ['call a {}', 'call b {}', 'result a "failed" !', 'result b "two"', 'thought ok'])
    assert.equal(ledger.steps[2]?.time, ledger.steps[3]?.time)
  })

  it('takes the output of a span that was silent from the next history', () => {
    const ledger = ledgerOf([
      tool('t', { from: 0, to: 9, call: { id: 'c', name: 'a' } }),
      model('m', { from: 20, text: 'ok', given: given({ callId: 'c', output: 'told later' }) }),
    ])
    assert.deepEqual(lines(ledger), ['call a {}', 'result a "told later"', 'thought ok'])
    assert.equal(ledger.steps[1]?.latencyMs, 9)
  })

  it('makes a call and its result of a tool the provider ran', () => {
    const ledger = ledgerOf([
      model('m', {
        text: 'Searched.',
        calls: [ask('web_search', { id: 'ws', server: true })],
        results: [{ callId: 'ws', output: ['hit'] }],
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Searched.', 'call web_search {}', 'result web_search ["hit"]'])
    assert.equal(ledger.steps[1]?.attributes['server_side'], true)
  })

  it('shows a call that has not ended, and no result of it', () =>
    assert.deepEqual(lines(ledgerOf([tool('t', { to: 'open', call: { name: 'a', arguments: paris } })], live)), [
      'call a {"city":"Paris"}',
    ]))

  it('makes one call of the logs of one id, with the result when a log tells it', () => {
    const ledger = ledgerOf([
      log('decided', { from: 5, about: 'call', call: { id: 'c', name: 'shell', arguments: { cmd: 'ls' } } }),
      log('ended', { from: 9, about: 'call', call: { id: 'c', name: 'shell', output: 'a.txt', isError: false } }),
    ])
    assert.deepEqual(lines(ledger), ['call shell {"cmd":"ls"}', 'result shell "a.txt"'])
  })

  it('adds what logs say to the span of their id, else to the span they were written in', () => {
    const ledger = ledgerOf([
      agent('root', { to: 90 }),
      tool('t1', { parent: 'root', from: 1, to: 5, call: { id: 'c1', name: 'shell' } }),
      tool('t2', { parent: 'root', from: 10, to: 15, call: { name: 'read' } }),
      log('l1', { from: 6, about: 'call', traceId: 'a0'.repeat(16), spanId: 'root', call: { id: 'c1', isError: true, output: 'denied' } }),
      log('l2', { from: 16, about: 'call', traceId: 'a0'.repeat(16), spanId: 't2', call: { arguments: { path: 'x' } } }),
    ])
    assert.deepEqual(lines(ledger), ['call shell {}', 'result shell "denied" !', 'call read {"path":"x"}', 'result read null'])
  })

  it('wraps arguments that are no object, and marks what was not captured', () => {
    const { steps } = ledgerOf([
      tool('a', { from: 0, call: { name: 'patch', arguments: '*** Begin Patch' } }),
      tool('b', { from: 20, captured: false, call: { name: 'secret' } }),
    ])
    assert.deepEqual(
      steps.map(s => s.content),
      [
        { tool_name: 'patch', arguments: { input: '*** Begin Patch' } },
        { tool_name: 'patch', output: null, is_error: false },
        { tool_name: 'secret', arguments: {}, content_captured: false },
        { tool_name: 'secret', output: null, is_error: false, content_captured: false },
      ],
    )
  })

  it('tells the error of a failed tool as its result', () => {
    const { steps } = ledgerOf([tool('t', { call: { name: 'a' }, error: { message: 'boom', code: 'E', traceback: 'at a' } })])
    assert.deepEqual(steps[1]?.content, { tool_name: 'a', output: 'boom', is_error: true })
    assert.deepEqual(steps[1]?.attributes, { error_code: 'E', traceback: 'at a' })
  })

  it('keeps the id of a step when its run turns out to have another', () => {
    const readings = [model('m', { text: 'x', calls: [ask('a', { id: 'c' })] }), tool('t', { from: 20, call: { id: 'c', name: 'a' } })]
    assert.deepEqual(new Set(ledgerOf(readings).steps.map(s => s.id)).size, 3)
    assert.deepEqual(
      ledgerOf(readings).steps.map(s => s.id),
      ledgerOf([...readings, agent('root', { to: 99 })]).steps.map(s => s.id),
    )
  })
})
