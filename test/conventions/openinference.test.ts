import assert from 'node:assert/strict'
import { lines } from '../ledger/readings.ts'
import { runOf, sentSpan } from './items.ts'

const json = JSON.stringify
const langchain = 'openinference.instrumentation.langchain'
const agents = 'openinference.instrumentation.openai_agents'

type Fields = NonNullable<Parameters<typeof sentSpan>[2]>
const sent = (id: string, name: string, kind: string, { attributes = {}, ...fields }: Fields) =>
  sentSpan(id, name, { ...fields, attributes: { 'openinference.span.kind': kind, ...attributes } })

const llm = (id: string, text: string, fields: Fields = {}) =>
  sent(id, 'llm', 'LLM', { ...fields, attributes: { 'llm.output_messages.0.message.content': text, ...fields.attributes } })

describe('OpenInference', () => {
  it('reads an answer once that is flattened as text and as parts', () => {
    const answer = { 'llm.output_messages.0.message.role': 'assistant', 'llm.output_messages.0.message.content': 'Hm.' }
    const part = 'llm.output_messages.0.message.contents.0.message_content'
    const ledger = runOf([sent('m', 'response', 'LLM', { attributes: { ...answer, [`${part}.type`]: 'text', [`${part}.text`]: 'Hm.' } })])
    assert.deepEqual(lines(ledger), ['thought Hm.'])
  })

  it('reads a list of Responses, as streamed by OpenAI Agents', () => {
    const output = [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'First a roll.' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Rolling.' }] },
      { type: 'function_call', name: 'roll', call_id: 'c1', arguments: '{}' },
    ]
    const ledger = runOf([sent('m', 'generation', 'LLM', { attributes: { 'output.value': json([{ object: 'response', output }]) } })])
    assert.deepEqual(lines(ledger), ['thought Rolling.', 'call roll {}'])
    assert.equal(ledger.steps[0]?.content['reasoning'], 'First a roll.')
  })

  it('takes what is hidden for not captured', () => {
    const { run, steps } = runOf([
      sent('root', 'a', 'AGENT', { to: 50, attributes: { 'input.value': '__REDACTED__' } }),
      llm('m', '__REDACTED__', { in: 'root', from: 1, attributes: { 'input.value': '__REDACTED__' } }),
      sent('t', 'roll', 'TOOL', { in: 'root', from: 20, attributes: { 'input.value': '__REDACTED__', 'output.value': '__REDACTED__' } }),
    ])
    assert.equal(run.taskInput, null)
    assert.deepEqual(
      steps.map(({ type, content }) => [type, content['content_captured']]),
      [
        ['thought', false],
        ['tool_call', false],
        ['tool_result', false],
      ],
    )
    assert.doesNotMatch(json(steps.map(step => step.content)), /REDACTED/)
  })
})

describe('Anthropic', () => {
  const result = { type: 'tool_result', tool_use_id: 'c1', is_error: true, content: 'No Oslo' }
  const asked = 'llm.output_messages.0.message.tool_calls.0.tool_call'
  const given = {
    'llm.input_messages.0.message.role': 'tool',
    'llm.input_messages.0.message.tool_call_id': 'c1',
    'llm.input_messages.0.message.content': 'No Oslo',
    'input.value': json({ messages: [{ role: 'user', content: [result] }] }),
  }

  it('says in its request alone that a result is an error', () => {
    const ledger = runOf([
      sent('root', 'request', 'CHAIN', { to: 90 }),
      llm('m1', 'Looking.', { in: 'root', from: 1, attributes: { [`${asked}.id`]: 'c1', [`${asked}.function.name`]: 'weather' } }),
      llm('m2', 'Sorry.', { in: 'root', from: 20, attributes: given }),
    ])
    assert.ok(lines(ledger).includes('result weather "No Oslo" !'))
  })

  it('tells its calls itself beside who instruments them, and both are one', () => {
    const own = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'claude' }
    const both = (outer: Fields, inner: Fields) =>
      lines(
        runOf([
          sent('root', 'request', 'CHAIN', { to: 90 }),
          llm('m', 'Sun.', { in: 'root', from: 1, to: 40, ...outer }),
          sentSpan('own', 'anthropic.messages.create', { in: 'root', from: 2, to: 39, ...inner }),
        ]),
      )
    const id = { 'gen_ai.response.id': 'msg_1', 'gen_ai.usage.input_tokens': 3 }
    assert.deepEqual(both({ attributes: { 'output.value': '{"id":"msg_1"}' } }, { attributes: { ...own, ...id } }), ['thought Sun.'])
    assert.deepEqual(both({}, { attributes: own }), ['thought Sun.'])
    assert.equal(both({}, { attributes: own, to: 60 }).length, 2)
  })
})

describe('OpenAI Agents for Python', () => {
  const workflow = sent('root', 'Agent workflow', 'AGENT', { scope: agents, to: 90, status: 1 })

  it('fails with the agent that ended last, and says its error once', () => {
    const failed = { scope: agents, status: 2 }
    const { run, steps } = runOf([
      workflow,
      sent('a', 'downer', 'AGENT', {
        ...failed,
        in: 'root',
        to: 80,
        message: "Error in agent run: {'error': 'Error code: 503'}",
        attributes: { 'agent.name': 'downer' },
      }),
      sent('m', 'generation', 'LLM', { ...failed, in: 'a', message: "Error getting response: {'error': 'Error code: 503'}" }),
    ])
    assert.equal(run.status, 'failed')
    assert.deepEqual(
      steps.map(step => step.content),
      [{ message: 'Error code: 503' }],
    )
  })

  it('goes on where a later agent did', () => {
    const { run } = runOf([
      workflow,
      sent('a', 'one', 'AGENT', { scope: agents, in: 'root', to: 30, status: 2, message: 'boom', attributes: { 'agent.name': 'one' } }),
      sent('b', 'two', 'AGENT', { scope: agents, in: 'root', from: 40, to: 80, attributes: { 'agent.name': 'two' } }),
      llm('m', 'Done.', { scope: agents, in: 'b', from: 41 }),
    ])
    assert.equal(run.status, 'completed')
  })

  it('hands over by the call its model asked for', () => {
    const asked = 'llm.output_messages.0.message.tool_calls.0.tool_call'
    const ledger = runOf([
      workflow,
      sent('a', 'triage', 'AGENT', { scope: agents, in: 'root', to: 60, attributes: { 'agent.name': 'triage' } }),
      llm('m', 'Over.', {
        scope: agents,
        in: 'a',
        from: 1,
        attributes: { [`${asked}.id`]: 'c1', [`${asked}.function.name`]: 'transfer_to_head_writer' },
      }),
      sent('t', 'handoff to head writer', 'TOOL', {
        scope: agents,
        in: 'a',
        from: 20,
        attributes: { 'input.value': 'triage', 'output.value': 'head writer' },
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Over.', 'call transfer_to_head_writer {}', 'result transfer_to_head_writer "head writer"'])
  })
})

describe('LangGraph for Python', () => {
  const node = (name: string, more: object = {}): Record<string, string> => ({
    metadata: json({ ls_integration: 'langgraph', langgraph_node: name, langgraph_checkpoint_ns: `${name}:1`, ...more }),
  })
  const graph = (name: string): Record<string, string> => node(name, { checkpoint_ns: `${name}:1` })
  const root = (attributes: Record<string, string> = {}) =>
    sent('root', 'team', 'CHAIN', { scope: langchain, to: 90, attributes: { metadata: '{"ls_integration":"langgraph"}', ...attributes } })

  it('has graphs with a name as its agents, not the nodes they consist of', () => {
    const { run, steps } = runOf([
      root({ 'input.value': '{"messages":[["user","Rome?"]]}' }),
      sent('node', 'expert', 'CHAIN', { scope: langchain, in: 'root', from: 1, to: 80, attributes: node('expert') }),
      sent('call', 'call_agent', 'AGENT', { scope: langchain, in: 'node', from: 2, to: 70, attributes: node('expert') }),
      sent('graph', 'expert', 'CHAIN', { scope: langchain, in: 'call', from: 3, to: 60, attributes: graph('expert') }),
      sent('agent', 'agent', 'AGENT', { scope: langchain, in: 'graph', from: 4, to: 50, attributes: node('agent') }),
      llm('m', '25.', { scope: langchain, in: 'agent', from: 5 }),
      sent('boss', 'boss', 'CHAIN', { scope: langchain, in: 'root', from: 81, to: 89, attributes: graph('boss') }),
    ])
    assert.equal(run.agentId, 'team')
    assert.deepEqual(run.taskInput, { messages: [{ role: 'user', content: 'Rome?' }] })
    assert.deepEqual(steps[0]?.agent, ['team', 'expert'])
  })

  it('leaves a graph by an exception that is no error', () => {
    const left = { 'exception.type': 'langgraph.errors.ParentCommand', 'exception.message': "Command(graph='team')" }
    const { run } = runOf([root(), llm('m', 'Over.', { scope: langchain, in: 'root', from: 1, events: [['exception', left]] })])
    assert.deepEqual([run.status, run.errors], ['completed', 0])
  })

  it('runs a call by its only argument where that is all its span tells', () => {
    const call = (n: number, city: string): Record<string, string> => {
      const prefix = `llm.output_messages.0.message.tool_calls.${n}.tool_call`
      return {
        [`${prefix}.id`]: `c${n}`,
        [`${prefix}.function.name`]: 'weather',
        [`${prefix}.function.arguments`]: json({ city }),
      }
    }
    const tool = (id: string, city: string, from: number) =>
      sent(id, 'weather', 'TOOL', {
        scope: langchain,
        in: 'root',
        from,
        status: 2,
        message: `No ${city}`,
        attributes: { 'input.value': city },
      })
    const { steps } = runOf([
      root(),
      llm('m', 'Both.', { scope: langchain, in: 'root', from: 1, attributes: { ...call(0, 'Paris'), ...call(1, 'Oslo') } }),
      tool('oslo', 'Oslo', 20),
      tool('paris', 'Paris', 21),
    ])
    const told = steps.filter(step => step.type === 'tool_result').map(({ content }) => [content['call_id'], content['output']])
    assert.deepEqual(told, [
      ['c1', 'No Oslo'],
      ['c0', 'No Paris'],
    ])
  })
})

describe('LlamaIndex', () => {
  it('wraps arguments and results, and tells as LLM what only prepares a call', () => {
    const asked = 'llm.output_messages.0.message.tool_calls.0.tool_call'
    const kwargs = { city: 'Oslo', ctx: '<workflows.context.context.Context object at 0x7f9d1d887800>' }
    const output = {
      blocks: [{ text: '7 degrees' }],
      tool_name: 'weather',
      raw_input: { kwargs },
      raw_output: '7 degrees',
      is_error: false,
    }
    const ledger = runOf([
      sent('root', 'FunctionAgent.run', 'CHAIN', { to: 90 }),
      sent('p', 'OpenAI._prepare_chat_with_tools', 'LLM', { in: 'root', from: 1, attributes: { 'output.value': '{"tools":[]}' } }),
      llm('m', 'Looking.', {
        in: 'root',
        from: 12,
        attributes: {
          [`${asked}.id`]: 'c1',
          [`${asked}.function.name`]: 'weather',
          [`${asked}.function.arguments`]: '{"city":"Oslo"}',
        },
      }),
      sent('t', 'FunctionTool.acall', 'TOOL', {
        in: 'root',
        from: 30,
        attributes: { 'tool.name': 'weather', 'input.value': json({ kwargs }), 'output.value': json(output) },
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Looking.', 'call weather {"city":"Oslo"}', 'result weather "7 degrees"'])
    assert.equal(ledger.steps[1]?.content['call_id'], 'c1')
  })
})
