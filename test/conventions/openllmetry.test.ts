import assert from 'node:assert/strict'
import { lines } from '../ledger/readings.ts'
import { runOf, sentSpan } from './items.ts'

const json = JSON.stringify
const chat = { 'gen_ai.operation.name': 'chat' }
const answer = (...parts: readonly object[]): string => json([{ role: 'assistant', parts }])

describe('OpenLLMetry for Python', () => {
  it('tells the callbacks of LangChain as calls, and an agent within a tool as the task of its name', () => {
    const scope = 'opentelemetry.instrumentation.langchain'
    const callback = { input_str: "{'city': 'Rome'}", inputs: { city: 'Rome' }, tags: [], kwargs: { tool_call_id: 'c1' } }
    const message = { lc: 1, id: ['langchain', 'schema', 'messages', 'ToolMessage'], kwargs: { content: '25', tool_call_id: 'c1' } }
    const agent = { 'traceloop.association.properties.lc_agent_name': 'helper' }
    const { run, steps } = runOf([
      sentSpan('root', 'invoke_agent main', {
        scope,
        to: 90,
        attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'main' },
      }),
      sentSpan('m0', 'ChatOpenAI.chat', { scope, in: 'root', attributes: { ...chat, ...agent } }),
      sentSpan('task', 'execute_task helper', {
        scope,
        in: 'root',
        from: 1,
        to: 80,
        attributes: { ...agent, 'traceloop.span.kind': 'task', 'traceloop.entity.name': 'helper' },
      }),
      sentSpan('m', 'ChatOpenAI.chat', {
        scope,
        in: 'task',
        from: 2,
        attributes: {
          ...chat,
          ...agent,
          'gen_ai.output.messages': answer({ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Rome' } }),
        },
      }),
      sentSpan('t', 'execute_tool weather', {
        scope,
        in: 'task',
        from: 20,
        attributes: {
          ...agent,
          'gen_ai.operation.name': 'execute_tool',
          'traceloop.span.kind': 'tool',
          'gen_ai.tool.name': 'weather',
          'gen_ai.tool.call.arguments': json(callback),
          'gen_ai.tool.call.result': json({ output: message, kwargs: { tags: [] } }),
        },
      }),
    ])
    assert.equal(run.agentId, 'main')
    assert.deepEqual(
      steps.slice(-2).map(({ type, content, agent: path }) => [type, content['arguments'] ?? content['output'], content['call_id'], path]),
      [
        ['tool_call', { city: 'Rome' }, 'c1', ['main', 'helper']],
        ['tool_result', '25', 'c1', ['main', 'helper']],
      ],
    )
  })

  it('tells the items of one answer of OpenAI Agents as messages', () => {
    const scope = 'opentelemetry.instrumentation.openai_agents'
    const items = [
      { role: 'assistant', parts: [{ type: 'text', content: 'Over.' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'transfer_to_writer', arguments: {} }] },
    ]
    const ledger = runOf([sentSpan('m', 'openai.response', { scope, attributes: { ...chat, 'gen_ai.output.messages': json(items) } })])
    assert.deepEqual(lines(ledger), ['thought Over.', 'call transfer_to_writer {}'])
  })

  it('names a crew as its author did, and one without a name after the agent that ended it', () => {
    const scope = 'opentelemetry.instrumentation.crewai.instrumentation'
    const crew = (name: string) =>
      runOf([
        sentSpan('root', 'crewai.workflow', {
          scope,
          to: 90,
          attributes: { 'gen_ai.operation.name': 'invoke_agent', 'crewai.crew.name': name },
        }),
        sentSpan('task', 'Rome?.task', {
          scope,
          in: 'root',
          to: 80,
          attributes: { 'traceloop.span.kind': 'task', 'gen_ai.operation.name': 'invoke_agent' },
        }),
        sentSpan('a', 'Helper.agent', {
          scope,
          in: 'task',
          to: 70,
          attributes: { 'traceloop.span.kind': 'agent', 'gen_ai.agent.name': 'Helper' },
        }),
        sentSpan('m', 'openai.chat', {
          in: 'a',
          from: 1,
          attributes: { ...chat, 'gen_ai.output.messages': answer({ type: 'text', content: '25' }) },
        }),
      ]).run.agentId
    assert.deepEqual([crew('scouts'), crew('crew')], ['scouts', 'Helper'])
  })

  it('pairs results with calls that bear other ids by their order, where their numbers agree', () => {
    const call = (id: string, city: string) => ({ type: 'tool_call', id, name: 'weather', arguments: { city } })
    const result = (id: string, response: string) => ({ role: 'tool', parts: [{ type: 'tool_call_response', id, response }] })
    const given = (...results: readonly object[]) =>
      lines(
        runOf([
          sentSpan('root', 'request', { to: 90 }),
          sentSpan('m1', 'openai.response', {
            in: 'root',
            from: 1,
            attributes: { ...chat, 'gen_ai.output.messages': answer(call('fc_0', 'Paris'), call('fc_1', 'Oslo')) },
          }),
          sentSpan('m2', 'openai.response', {
            in: 'root',
            from: 20,
            attributes: {
              ...chat,
              'gen_ai.input.messages': json(results),
              'gen_ai.output.messages': answer({ type: 'text', content: 'Done.' }),
            },
          }),
        ]),
      ).filter(line => line.startsWith('result'))
    assert.deepEqual(given(result('call_p', 'sun'), result('call_o', 'rain')), ['result weather "sun"', 'result weather "rain"'])
    assert.deepEqual(given(result('call_x', 'sun')), [])
  })
})

describe('LangSmith', () => {
  it('tells calls of LangChain once that are parts of the content, and beside it', () => {
    const part = { type: 'function_call', name: 'weather', call_id: 'c1', id: 'fc_1', arguments: '{"city":"Rome"}' }
    const kwargs = {
      content: [{ type: 'text', text: 'Looking.' }, part],
      tool_calls: [{ name: 'weather', args: { city: 'Rome' }, id: 'c1' }],
    }
    const message = { lc: 1, type: 'constructor', id: ['langchain', 'schema', 'messages', 'AIMessage'], kwargs }
    const completion = json({ generations: [[{ text: 'Looking.', message }]] })
    const left = { 'exception.type': 'Exception', 'exception.message': "ParentCommand(Command(graph='team'))" }
    const ledger = runOf([
      sentSpan('m', 'ChatOpenAI', {
        scope: 'langsmith',
        attributes: { 'langsmith.span.kind': 'llm', 'gen_ai.completion': completion },
        events: [['exception', left]],
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Looking.', 'call weather {"city":"Rome"}'])
  })
})

describe('OpenTelemetry for OpenAI Agents', () => {
  const scope = 'opentelemetry.instrumentation.openai_agents'

  it('hands over as a call, and fails with the agent that ended last', () => {
    const invoke = { 'gen_ai.operation.name': 'invoke_agent' }
    const ledger = runOf([
      sentSpan('root', 'Agent workflow', { scope, to: 90, status: 1, attributes: invoke }),
      sentSpan('a', 'invoke_agent triage', { scope, in: 'root', to: 30, attributes: { ...invoke, 'gen_ai.agent.name': 'triage' } }),
      sentSpan('t', 'agent_handoff', {
        scope,
        in: 'a',
        from: 10,
        attributes: { 'gen_ai.operation.name': 'agent_handoff', 'gen_ai.handoff.to_agent': 'writer' },
      }),
      sentSpan('b', 'invoke_agent writer', {
        scope,
        in: 'root',
        from: 40,
        to: 80,
        status: 2,
        message: "Error in agent run: {'error': 'boom at last'}",
        attributes: { ...invoke, 'gen_ai.agent.name': 'writer' },
      }),
    ])
    assert.deepEqual(lines(ledger), ['call transfer_to_writer {}', 'result transfer_to_writer "writer"', 'error boom at last'])
    assert.deepEqual([ledger.run.status, ledger.run.agentId], ['failed', 'writer'])
  })
})
