import assert from 'node:assert/strict'
import { lines } from '../ledger/readings.ts'
import { runOf, sentLog, sentSpan } from './items.ts'

const chat = (id: string, from: number, more = {}) =>
  sentSpan(id, 'chat gpt', { from, to: from + 10, attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt', ...more } })

const call = { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }

describe('GenAI events', () => {
  it('are one model call with the span they were written in, in whatever order they come', () => {
    const logs = [
      sentLog('gen_ai.system.message', { in: 'one', at: 1, body: { content: 'Be short.' } }),
      sentLog('gen_ai.user.message', { in: 'one', at: 2, body: { content: 'Weather?' } }),
      sentLog('gen_ai.choice', {
        in: 'one',
        at: 9,
        body: { index: 0, finish_reason: 'tool_calls', message: { content: 'Looking.', tool_calls: [call] } },
      }),
      sentLog('gen_ai.user.message', { in: 'two', at: 20, body: { content: 'Weather?' } }),
      sentLog('gen_ai.assistant.message', { in: 'two', at: 21, body: { content: 'Looking.', tool_calls: [call] } }),
      sentLog('gen_ai.tool.message', { in: 'two', at: 22, body: { id: 'c1', content: '{"temp":14}' } }),
      sentLog('gen_ai.choice', { in: 'two', at: 29, body: { index: 0, finish_reason: 'stop', message: { content: '14°C.' } } }),
      sentLog('gen_ai.choice', { in: 'two', at: 29, body: { index: 1, finish_reason: 'stop', message: { content: 'Mild.' } } }),
    ]
    const ledger = runOf([...logs.toReversed(), chat('one', 0), chat('two', 20)])
    assert.deepEqual(lines(ledger), [
      'thought Looking.',
      'call get_weather {"city":"Paris"}',
      'result get_weather {"temp":14}',
      'thought 14°C.',
    ])
    assert.deepEqual(ledger.run.taskInput, { messages: [{ role: 'user', content: 'Weather?' }] })
    assert.equal(ledger.steps[3]?.attributes['finish_reason'], 'stop')
  })

  it('say of a conversation that goes on what is new in it alone', () => {
    const ledger = runOf([
      chat('one', 0),
      sentLog('gen_ai.user.message', { in: 'one', at: 1, body: { content: 'Weather?' } }),
      sentLog('gen_ai.assistant.message', { in: 'one', at: 2, body: { content: '14°C.' } }),
      sentLog('gen_ai.user.message', { in: 'one', at: 3, body: { content: 'And tomorrow?' } }),
      sentLog('gen_ai.choice', { in: 'one', at: 9, body: { index: 0, message: { content: 'Rain.' } } }),
    ])
    assert.deepEqual(ledger.run.taskInput, { messages: [{ role: 'user', content: 'And tomorrow?' }] })
  })

  it('are a model call by themselves where its span never comes', () => {
    const ledger = runOf([
      sentLog('gen_ai.user.message', { in: 'lost', at: 1, body: { content: 'Hi' } }),
      sentLog('gen_ai.choice', { in: 'lost', at: 2, body: '{"index":0,"message":{"role":"assistant","content":"Hello."}}' }),
    ])
    assert.deepEqual(lines(ledger), ['thought Hello.'])
  })

  it('make a step without content where content is not captured', () => {
    const ledger = runOf([
      chat('one', 0),
      sentLog('gen_ai.choice', { in: 'one', at: 9, body: { index: 0, finish_reason: 'stop', message: { role: 'assistant' } } }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => s.content),
      [{ text: '', content_captured: false }],
    )
  })

  it('are read on spans too: one attribute for the body, or one for each of its fields', () => {
    const operation = { attributes: { 'gen_ai.operation.name': 'chat' } }
    const ledger = runOf([
      sentSpan('one', 'chat', {
        ...operation,
        events: [
          ['gen_ai.user.message', { 'gen_ai.event.content': '{"role":"user","content":"Hi"}' }],
          ['gen_ai.choice', { 'gen_ai.event.content': '{"index":0,"finish_reason":"stop","message":{"content":"Hello."}}' }],
        ],
      }),
      sentSpan('two', 'chat', {
        ...operation,
        from: 20,
        events: [['gen_ai.content.completion', { 'gen_ai.completion': '[{"role":"assistant","content":"Bye."}]' }]],
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Hello.', 'thought Bye.'])
  })
})

describe('GenAI prompts and completions in attributes', () => {
  it('are read whole, and field by field', () => {
    const ledger = runOf([
      chat('one', 0, {
        'gen_ai.prompt': '[{"role":"user","content":"Hi"}]',
        'gen_ai.completion': '[{"role":"assistant","content":"Hello."}]',
      }),
      chat('two', 20, {
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Hi',
        'gen_ai.completion.0.role': 'assistant',
        'gen_ai.completion.0.content': 'Looking.',
        'gen_ai.completion.0.finish_reason': 'tool_calls',
        'gen_ai.completion.0.tool_calls.0.id': 'c1',
        'gen_ai.completion.0.tool_calls.0.name': 'get_weather',
        'gen_ai.completion.0.tool_calls.0.arguments': '{"city":"Paris"}',
      }),
      chat('three', 40, {
        'gen_ai.prompt.0.role': 'assistant',
        'gen_ai.prompt.1.role': 'tool',
        'gen_ai.prompt.1.content': '{"temp":14}',
        'gen_ai.prompt.1.tool_call_id': 'c1',
        'gen_ai.completion.0.content': '14°C.',
      }),
    ])
    assert.deepEqual(lines(ledger), [
      'thought Hello.',
      'thought Looking.',
      'call get_weather {"city":"Paris"}',
      'result get_weather {"temp":14}',
      'thought 14°C.',
    ])
  })
})

describe('GenAI messages', () => {
  it('that were cut off are text', () => {
    const ledger = runOf([chat('one', 0, { 'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"A long' })])
    assert.deepEqual(lines(ledger), ['thought [{"role":"assistant","parts":[{"type":"text","content":"A long'])
  })

  it('in two records of one call are one thought', () => {
    const details = 'gen_ai.client.inference.operation.details'
    const ledger = runOf([
      chat('one', 0),
      sentLog(details, {
        in: 'one',
        at: 1,
        attributes: { 'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }] },
      }),
      sentLog(details, {
        in: 'one',
        at: 2,
        attributes: { 'gen_ai.output.messages': [{ role: 'assistant', parts: [{ type: 'text', content: 'Hello.' }] }] },
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Hello.'])
    assert.deepEqual(ledger.run.taskInput, { messages: [{ role: 'user', parts: [{ type: 'text', content: 'Hi' }] }] })
  })

  it('hold server tools, files and parts that nobody knows', () => {
    const parts = [
      { type: 'server_tool_call', id: 'w1', name: 'web_search', server_tool_call: { type: 'web_search', query: 'x' } },
      { type: 'server_tool_call_response', id: 'w1', server_tool_call_response: { type: 'web_search', results: [1] } },
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'aGFsbG8=' },
      { type: 'uri', modality: 'document', mime_type: 'application/pdf', uri: 'gs://b/a.pdf' },
      { type: 'constructor', content: 'x' },
      { type: 'text', content: 'Done.' },
    ]
    const { steps, artifacts } = runOf([
      chat('one', 0, { 'gen_ai.output.messages': [{ role: 'assistant', parts, finish_reason: 'stop' }] }),
    ])
    assert.deepEqual(
      steps.map(s => s.content),
      [
        { text: 'Done.' },
        { tool_name: 'web_search', arguments: { query: 'x' }, call_id: 'w1' },
        { tool_name: 'web_search', output: { results: [1] }, is_error: false, call_id: 'w1' },
      ],
    )
    assert.deepEqual(artifacts.map(a => [a.mimeType, a.sizeBytes]).sort(), [
      ['application/pdf', null],
      ['image/png', 5],
    ])
  })
})
