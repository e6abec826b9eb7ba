import assert from 'node:assert/strict'
import { agent, ask, at, ledgerOf, log, model, settled, span, tool } from './readings.ts'

const named = (name: string) => ({ agent: { name } })
const paths = (...readings: Parameters<typeof ledgerOf>[0]): readonly unknown[] => ledgerOf(readings).steps.map(s => [s.spanId, s.agent])

describe('assemble, nested agents', () => {
  it('gives steps of a nested agent their path, those of the run its own agent none', () =>
    assert.deepEqual(
      paths(
        agent('root', { to: 99, ...named('desk') }),
        model('m', { parent: 'root', from: 1, to: 5, text: 'x', calls: [ask('ask_planner', { id: 'c' })] }),
        tool('t', { parent: 'root', from: 10, to: 50, call: { id: 'c', name: 'ask_planner', output: 1 } }),
        agent('sub', { parent: 't', from: 11, to: 49, ...named('planner') }),
        model('n', { parent: 'sub', from: 12, to: 20, text: 'y' }),
      ),
      [
        ['m', null],
        ['t', null],
        ['n', ['desk', 'planner']],
        ['t', null],
      ],
    ))

  it('hangs the steps of an agent that is a tool on its call', () => {
    const { steps } = ledgerOf([
      agent('root', { to: 99 }),
      tool('t', { parent: 'root', from: 10, to: 50, call: { name: 'sub', output: 1 } }),
      agent('sub', { parent: 't', from: 11, to: 49 }),
      model('n', { parent: 'sub', from: 12, to: 20, text: 'y' }),
    ])
    const call = steps.find(s => s.type === 'tool_call')
    assert.deepEqual(
      steps.map(s => [s.type, s.parentStepId]),
      [
        ['tool_call', null],
        ['thought', call?.id],
        ['tool_result', call?.id],
      ],
    )
  })

  it('tells agents beside each other apart: the first is the run itself', () => {
    const beside = [
      span('request', { to: 60 }),
      agent('one', { parent: 'request', to: 20, agent: { name: 'one' } }),
      model('m', { parent: 'one', from: 2, text: 'First.' }),
      agent('two', { parent: 'request', from: 30, to: 50, agent: { name: 'two' } }),
      model('n', { parent: 'two', from: 32, text: 'Second.' }),
    ]
    const { run, steps } = ledgerOf(beside)
    assert.equal(run.agentId, 'one')
    assert.deepEqual(
      steps.map(step => step.agent),
      [null, ['two']],
    )
  })

  it('takes a wrapper and the one agent in it, and agents of one name, for one', () => {
    assert.deepEqual(
      paths(
        agent('w', { to: 99, ...named('flow') }),
        span('x', { parent: 'w' }),
        agent('a', { parent: 'x', ...named('desk') }),
        model('m', { parent: 'a', text: 'x' }),
      ),
      [['m', null]],
    )
    assert.deepEqual(
      paths(
        agent('w', { to: 99, ...named('desk') }),
        model('n', { parent: 'w', text: 'x' }),
        agent('a', { parent: 'w', from: 20, ...named('desk') }),
        model('m', { parent: 'a', from: 21, text: 'x' }),
      ),
      [
        ['n', null],
        ['m', null],
      ],
    )
    const flow = [
      agent('w', { to: 99, ...named('flow') }),
      agent('a', { parent: 'w', ...named('desk') }),
      agent('b', { parent: 'w', from: 20, ...named('cook') }),
    ]
    assert.deepEqual(paths(...flow, model('m', { parent: 'a', text: 'x' }), model('n', { parent: 'b', from: 21, text: 'x' })), [
      ['m', ['flow', 'desk']],
      ['n', ['flow', 'cook']],
    ])
  })

  it('takes a span on which only the id of the agent around it was stamped for no agent', () => {
    const stamped = { agent: { id: 'desk' }, stamped: true } as const
    const { steps } = ledgerOf([
      agent('root', { to: 99, agent: { id: 'desk', name: 'Desk' } }),
      agent('http', { parent: 'root', to: 50, ...stamped, error: { message: '503' } }),
      agent('sub', { parent: 'http', from: 1, to: 40, ...named('cook') }),
      model('m', { parent: 'sub', from: 2, text: 'x' }),
      model('n', { parent: 'root', from: 60, text: 'y' }),
    ])
    assert.deepEqual(
      steps.map(s => [s.spanId, s.type, s.agent]),
      [
        ['m', 'thought', ['Desk', 'cook']],
        ['n', 'thought', null],
      ],
    )
    assert.deepEqual(paths(agent('far', { to: 99, ...stamped }), model('m', { parent: 'far', text: 'x' })), [['m', null]])
  })

  it('puts no step before the start of what it lies in, whatever the clocks say', () => {
    const { steps } = ledgerOf([
      agent('root', { to: 99 }),
      tool('t', { parent: 'root', from: 50, to: 90, call: { name: 'remote', output: 1 } }),
      model('m', { parent: 't', from: 10, to: 20, text: 'skewed' }),
      tool('u', { parent: 't', from: 21, to: 22, call: { name: 'far', output: 1 } }),
    ])
    assert.deepEqual(
      steps.map(s => s.spanId),
      ['t', 'm', 'u', 'u', 't'],
    )
  })
})

describe('assemble, clocks that differ', () => {
  it('puts the result of a tool behind what lies in it, where a clock of milliseconds has it end earlier', () => {
    const readings = [
      agent('root', { to: 90 }),
      tool('t', { parent: 'root', from: 10, to: 30.1, call: { name: 'ask', output: 'yes' } }),
      agent('inner', { parent: 't', from: 11, to: 30.3, agent: { name: 'inner' } }),
      model('m', { parent: 'inner', from: 12, to: 30.2, text: 'yes' }),
      tool('u', { parent: 'root', from: 40, to: 50, call: { name: 'start', output: 'begun' } }),
      model('later', { parent: 'u', from: 41, to: 60, text: 'goes on' }),
    ]
    assert.deepEqual(
      ledgerOf(readings).steps.map(({ type, spanId }) => `${type} ${spanId}`),
      ['tool_call t', 'thought m', 'tool_result t', 'tool_call u', 'tool_result u', 'thought later'],
    )
  })

  it('moves the spans of a clock that is behind together, in their order, and shows the times they told', () => {
    const far = { parent: 't', resource: { service: 'far' } }
    const { steps } = ledgerOf([
      agent('root', { to: 999 }),
      tool('t', { parent: 'root', from: 500, to: 900, call: { name: 'remote', output: 1 } }),
      model('m1', { ...far, from: 10, to: 20, text: 'one' }),
      tool('u', { ...far, from: 21, to: 22, call: { name: 'far', output: 1 } }),
      model('m2', { ...far, from: 30, to: 40, text: 'two' }),
      model('near', { parent: 't', from: 600, to: 700, text: 'near' }),
    ])
    assert.deepEqual(
      steps.map(s => [s.spanId, s.time]),
      [
        ['t', at(500)],
        ['m1', at(20)],
        ['u', at(21)],
        ['u', at(22)],
        ['m2', at(40)],
        ['near', at(700)],
        ['t', at(900)],
      ],
    )
  })

  it('lets no odd time of one span spoil those of the others', () => {
    const odd = { ...agent('root'), start: 2n ** 64n - 1n }
    const thoughts = [1, 2, 3].map(n => model(`m${n}`, { parent: 'root', from: n * 10, text: `${n}` }))
    const zero = { ...model('zero', { parent: 'root', text: 'zero' }), start: 0n, end: 0n }
    assert.deepEqual(
      ledgerOf([odd, ...thoughts, zero]).steps.map(s => [s.spanId, s.time]),
      [['zero', 0n], ...thoughts.map(t => [t.spanId, t.end])],
    )
  })
})

describe('assemble, what a run is', () => {
  const run = (...readings: Parameters<typeof ledgerOf>[0]) => ledgerOf(readings, settled).run

  it('is named by its outermost agent, id before name; else by the resource, its service, nobody', () => {
    const resource = { resource: { service: 'svc', agent: { id: 'res' } } }
    const inner = agent('a', { parent: 'root', from: 5, ...named('inner') })
    assert.equal(run(agent('root', { agent: { id: 'one', name: 'One' } }), inner).agentId, 'one')
    assert.equal(run(agent('root', { ...resource }), model('m', { parent: 'root' }), inner).agentId, 'res')
    assert.equal(run(agent('root', { to: 20 }), inner).agentId, 'inner')
    assert.equal(run(agent('root', { to: 20, resource: { service: 'svc' } }), model('m', { parent: 'root' }), inner).agentId, 'svc')
    assert.equal(run(model('m', { resource: { service: 'svc' }, ...named('me') })).agentId, 'me')
    assert.equal(run(model('m', { resource: { service: 'svc' } })).agentId, 'svc')
    assert.equal(run(model('m')).agentId, 'unknown')
  })

  it('was given what its outermost agent says, else the first model call', () => {
    const given = { input: 'from the model', results: [], files: [] }
    const inner = agent('a', { parent: 'root', from: 5, run: { taskInput: 'inner' } })
    assert.equal(run(agent('root', { run: { taskInput: 'mine' } }), model('m', { parent: 'root', given })).taskInput, 'mine')
    assert.equal(run(agent('root', { to: 20 }), model('m', { parent: 'root', given }), inner).taskInput, 'from the model')
    assert.equal(run(model('m'), log('l', { about: 'run', run: { taskInput: 'logged' } })).taskInput, 'logged')
    assert.equal(run(model('m')).taskInput, null)
  })

  it('sums tokens and cost over model calls alone, or tells the totals of its agent', () => {
    const total = agent('root', { to: 99, usage: { inputTokens: 100, outputTokens: 10, cost: 1 } })
    const call = (id: string, inputTokens: number) => model(id, { parent: 'root', usage: { inputTokens, outputTokens: 1 } })
    const { inputTokens, outputTokens, cost } = run(total, call('a', 30), call('b', 40))
    assert.deepEqual([inputTokens, outputTokens, cost], [70, 2, 1])
    assert.deepEqual([run(total).inputTokens, run(model('m')).inputTokens], [100, null])
  })

  it('merges metadata: what a span says before what its resource says', () => {
    const resource = { resource: { run: { metadata: { a: 'resource', b: 'resource' } } } }
    const { metadata, sessionId } = run(agent('root', { ...resource, run: { metadata: { a: 'span' }, sessionId: 's', userId: 'u' } }))
    assert.deepEqual([metadata['a'], metadata['b'], metadata['user_id'], sessionId], ['span', 'resource', 'u', 's'])
  })

  it('is nothing where nothing is of an agent', () => {
    assert.throws(() => run(span('http'), span('mcp', { role: 'transport' }), log('l', { about: 'run' })), /got none/)
  })
})
