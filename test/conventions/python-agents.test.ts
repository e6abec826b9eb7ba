import assert from 'node:assert/strict'
import { lines } from '../ledger/readings.ts'
import { runOf, sentLog, sentSpan } from './items.ts'

const json = JSON.stringify

describe('Strands, how things end', () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'look', 'gen_ai.tool.call.id': 'c1' }

  it("frees a tool's result of its content blocks, and takes its status for what it is", () => {
    const done = (id: string, status: string, text: string) =>
      sentSpan(id, 'execute_tool look', {
        attributes: { ...tool, 'gen_ai.tool.call.id': id, 'gen_ai.tool.status': status, 'gen_ai.tool.call.result': json([{ text }]) },
      })
    const { steps } = runOf([done('a', 'success', '{"ok":true}'), done('b', 'error', 'Error: 503')])
    const results = steps.filter(step => step.type === 'tool_result')
    assert.deepEqual(
      results.map(({ content, attributes }) => [content['output'], content['is_error'], attributes['error_inferred']]),
      [
        [{ ok: true }, false, undefined],
        ['Error: 503', true, undefined],
      ],
    )
  })

  it('says that its agent was cancelled', () => {
    const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a', 'user.id': 'u1' }
    const { run } = runOf([
      sentSpan('run', 'invoke_agent a', { to: 60, attributes: { ...agent, 'strands.cancellation.type': 'CancelledError' } }),
      sentSpan('a', 'execute_tool look', { in: 'run', attributes: tool }),
    ])
    assert.deepEqual([run.status, run.metadata['user_id']], ['cancelled', 'u1'])
  })
})

describe('Google ADK for Python', () => {
  const scope = 'gcp.vertex.agent'
  const call = { type: 'tool_call', id: 'c1', name: 'burn', arguments: { x: 1 } }
  const chat = {
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.request.model': 'gemini',
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.output.messages': json([{ role: 'assistant', parts: [{ type: 'text', content: 'I burn.' }, call], finish_reason: 'stop' }]),
  }
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a' }
  const unanswered = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'burn', 'gen_ai.tool.call.id': '<not specified>' }
  const run = (tool: Parameters<typeof sentSpan>[2], error = {}) =>
    runOf([
      sentSpan('run', 'invoke_agent a', { scope, to: 60, attributes: agent, ...error }),
      sentSpan('m', 'generate_content gemini', { scope, in: 'run', attributes: chat }),
      sentSpan('t', 'execute_tool burn', { scope, in: 'run', from: 20, ...tool }),
    ])

  it('tells a call that threw by the id and the arguments it was asked for with, and the run failed though the model "stopped"', () => {
    const error = { status: 2, message: 'on fire' }
    const ledger = run({ attributes: { ...unanswered, 'gen_ai.tool.call.arguments': '{"x":1}' }, ...error }, error)
    assert.deepEqual(lines(ledger), ['thought I burn.', 'call burn {"x":1}', 'result burn "on fire" !'])
    assert.equal(ledger.steps[1]?.content['call_id'], 'c1')
    assert.equal(ledger.run.status, 'failed')
  })

  it('was cancelled where a call has no answer, in both formats', () => {
    const old = { 'gcp.vertex.agent.tool_call_args': '{"x":1}', 'gcp.vertex.agent.tool_response': '{"result":"<not specified>"}' }
    for (const told of [{ 'gen_ai.tool.call.arguments': '{"x":1}' }, old]) {
      const ledger = run({ attributes: { ...unanswered, ...told } })
      assert.deepEqual([lines(ledger).at(-1), ledger.run.status], ['result burn null', 'cancelled'])
    }
  })

  it('says that content was elided', () => {
    const { steps } = runOf([
      sentSpan('m', 'generate_content gemini', { scope, attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'g' } }),
      sentLog('gen_ai.user.message', { in: 'm', body: { content: '<elided>' } }),
      sentLog('gen_ai.choice', { in: 'm', at: 1, body: { content: '<elided>', index: 0, finish_reason: 'STOP' } }),
    ])
    assert.deepEqual(
      steps.map(step => step.content),
      [{ text: '', content_captured: false }],
    )
  })
})

describe('a failed tool whose span tells the type of its error alone', () => {
  it('has the result that the next model call was given', () => {
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt' }
    const asked = { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'roll', arguments: {} }] }
    const given = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'No dice: 503.' }] }
    const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'roll', 'gen_ai.tool.call.id': 'c1' }
    const ledger = runOf([
      sentSpan('m', 'chat gpt', { attributes: { ...chat, 'gen_ai.output.messages': json([asked]) } }),
      sentSpan('t', 'execute_tool roll', { from: 20, status: 2, attributes: { ...tool, 'error.type': 'TOOL_ERROR' } }),
      sentSpan('n', 'chat gpt', { from: 40, attributes: { ...chat, 'gen_ai.input.messages': json([asked, given]) } }),
    ])
    assert.deepEqual(lines(ledger), ['call roll {}', 'result roll "No dice: 503." !'])
  })
})

describe('Semantic Kernel, what it writes', () => {
  it('is found under the plugin before the name of its tool', () => {
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'notes-write_note',
      'gen_ai.tool.call.arguments': '{"path":"a.md","text":"Hi"}',
    }
    const { artifacts } = runOf([sentSpan('t', 'execute_tool notes-write_note', { attributes })])
    assert.deepEqual(
      artifacts.map(({ path, sizeBytes }) => [path, sizeBytes]),
      [['a.md', 2]],
    )
  })
})

describe('a call that was never made since its arguments were wrong', () => {
  it('has failed, as far as its result shows', () => {
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt' }
    const ask = (id: string, name: string) => ({ type: 'tool_call', id, name, arguments: {} })
    const asked = { role: 'assistant', parts: [ask('c1', 'roll'), ask('c2', 'rol')] }
    const complaint = [{ type: 'missing', loc: ['sides'], msg: 'Field required', input: {} }]
    const answer = (id: string, result: unknown) => ({ type: 'tool_call_response', id, result })
    const given = { role: 'user', parts: [answer('c1', complaint), answer('c2', "Unknown tool name: 'rol'.")] }
    const { steps } = runOf([
      sentSpan('m', 'chat gpt', { attributes: { ...chat, 'gen_ai.output.messages': json([asked]) } }),
      sentSpan('n', 'chat gpt', { from: 40, attributes: { ...chat, 'gen_ai.input.messages': json([asked, given]) } }),
    ])
    const results = steps.filter(step => step.type === 'tool_result')
    assert.deepEqual(
      results.map(({ content, attributes }) => [content['is_error'], attributes['error_inferred']]),
      [
        [true, true],
        [true, true],
      ],
    )
  })
})
