import assert from 'node:assert/strict'
import { lines, live } from '../ledger/readings.ts'
import { runOf, sentSpan } from './items.ts'

const json = JSON.stringify

describe('Pydantic AI', () => {
  const scope = 'pydantic-ai'

  it('in format 1 tells messages as events in attributes', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'roll', arguments: '{"sides":6}' } }
    const first = [
      { 'event.name': 'gen_ai.user.message', role: 'user', content: 'Roll.', 'gen_ai.message.index': 0 },
      { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content: 'Rolling.', tool_calls: [call] } },
    ]
    const history = [...first.slice(0, 1), { 'event.name': 'gen_ai.assistant.message', role: 'assistant', tool_calls: [call] }]
    const second = [
      ...history,
      { 'event.name': 'gen_ai.tool.message', role: 'tool', id: 'c1', name: 'roll', content: '4' },
      { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content: 'A four.' } },
    ]
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt' }
    const ledger = runOf([
      sentSpan('run', 'agent run', {
        scope,
        to: 60,
        attributes: { agent_name: 'dice', all_messages_events: json(second), final_result: 'A four.' },
      }),
      sentSpan('m1', 'chat gpt', { scope, in: 'run', from: 2, attributes: { ...chat, events: json(first) } }),
      sentSpan('tools', 'running 1 tool', { scope, in: 'run', from: 15 }),
      sentSpan('t1', 'running tool: roll', {
        scope,
        in: 'tools',
        from: 15,
        attributes: { 'gen_ai.tool.name': 'roll', 'gen_ai.tool.call.id': 'c1', tool_arguments: '{"sides":6}', tool_response: '4' },
      }),
      sentSpan('m2', 'chat gpt', { scope, in: 'run', from: 30, attributes: { ...chat, events: json(second) } }),
    ])
    assert.deepEqual(lines(ledger), ['thought Rolling.', 'call roll {"sides":6}', 'result roll "4"', 'thought A four.'])
    assert.equal(ledger.run.agentId, 'dice')
    assert.match(json(ledger.run.taskInput), /Roll\./)
  })

  it('in later formats begins at its first new message', () => {
    const messages = [
      { role: 'user', parts: [{ type: 'text', content: 'Old.' }] },
      { role: 'assistant', parts: [{ type: 'text', content: 'Yes.' }] },
      { role: 'user', parts: [{ type: 'text', content: 'New.' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'thinking', content: 'Hm.' },
          { type: 'text', content: 'Done.' },
        ],
      },
    ]
    const { run } = runOf([
      sentSpan('run', 'invoke_agent a', {
        scope,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'pydantic_ai.all_messages': json(messages),
          'pydantic_ai.new_message_index': 2,
        },
      }),
    ])
    assert.deepEqual(run.taskInput, { messages: [messages[2]] })
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt', 'gen_ai.input.messages': json(messages.slice(0, 3)) }
    const old = { agent_name: 'a', 'pydantic_ai.all_messages': json(messages) }
    const unsaid = [
      sentSpan('run', 'agent run', { scope, attributes: old }),
      sentSpan('m', 'chat gpt', { scope, in: 'run', attributes: chat }),
    ]
    assert.deepEqual(runOf(unsaid).run.taskInput, { messages: [messages[2]] })
  })

  it('in format 1 keeps what was thought apart, and leaves the task of a later turn to the model call that was given it', () => {
    const content = [
      { kind: 'thinking', text: 'Hm.' },
      { kind: 'text', text: 'Yes.' },
    ]
    const said = [
      { 'event.name': 'gen_ai.user.message', role: 'user', content: 'Old.' },
      { 'event.name': 'gen_ai.assistant.message', role: 'assistant', content: 'Aha.' },
      { 'event.name': 'gen_ai.user.message', role: 'user', content: 'New.' },
    ]
    const events = json([...said, { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content } }])
    const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt', events }
    const ledger = runOf([
      sentSpan('run', 'agent run', {
        scope,
        to: 60,
        attributes: { agent_name: 'a', all_messages_events: json(said), final_result: 'Yes.' },
      }),
      sentSpan('m', 'chat gpt', { scope, in: 'run', attributes: chat }),
    ])
    assert.deepEqual(ledger.steps[0]?.content, { text: 'Yes.', reasoning: 'Hm.' })
    assert.doesNotMatch(json(ledger.run.taskInput), /Old/)
  })

  it('without content tells the kinds of parts alone: thoughts, calls and results are there, and say that they are untold', () => {
    const asked = { role: 'assistant', parts: [{ type: 'text' }, { type: 'tool_call', id: 'c1', name: 'roll' }] }
    const user = { role: 'user', parts: [{ type: 'text' }] }
    const answered = { role: 'user', parts: [{ type: 'tool_call_response', id: 'c1', name: 'roll' }] }
    const chat = (given: unknown, output: unknown) => ({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt',
      'gen_ai.input.messages': json(given),
      'gen_ai.output.messages': json([output]),
    })
    const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'roll', 'gen_ai.tool.call.id': 'c1' }
    const { steps } = runOf([
      sentSpan('run', 'invoke_agent a', { scope, to: 60, attributes: { 'gen_ai.operation.name': 'invoke_agent' } }),
      sentSpan('m', 'chat gpt', { scope, in: 'run', attributes: chat([user], asked) }),
      sentSpan('t', 'execute_tool roll', { scope, in: 'run', from: 20, attributes: tool }),
      sentSpan('n', 'chat gpt', {
        scope,
        in: 'run',
        from: 40,
        attributes: chat([user, asked, answered], { role: 'assistant', parts: [{ type: 'text' }] }),
      }),
    ])
    assert.deepEqual(
      steps.map(step => [step.type, step.content['content_captured']]),
      ['thought', 'tool_call', 'tool_result', 'thought'].map(type => [type, false]),
    )
  })

  it("shows what Logfire's pending spans say has started, and nothing twice when it ends", () => {
    const attributes = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'roll', 'gen_ai.tool.call.id': 'c1' }
    const hex = (id: string): string => Buffer.from(id.padEnd(8, '_')).toString('hex')
    const pending = (id: string, of: string, parent: string, more = {}) =>
      sentSpan(id, of, { in: of, to: 0, attributes: { 'logfire.span_type': 'pending_span', 'logfire.pending_parent_id': parent, ...more } })
    const started = [
      pending('p1', 'run', '0000000000000000', { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'dice' }),
      pending('p2', 'tool', hex('run'), attributes),
    ]
    const running = runOf(started, live)
    assert.deepEqual([running.run.status, running.run.agentId, lines(running)], ['running', 'dice', ['call roll {}']])
    const ended = runOf(
      [
        ...started,
        sentSpan('tool', 'execute_tool roll', {
          in: 'run',
          to: 9,
          attributes: { ...attributes, 'gen_ai.tool.call.result': '4', 'logfire.span_type': 'span' },
        }),
        sentSpan('run', 'invoke_agent dice', {
          to: 20,
          attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'dice' },
        }),
      ],
      live,
    )
    assert.deepEqual([ended.run.status, lines(ended)], ['completed', ['call roll {}', 'result roll "4"']])
  })
})

describe('Google ADK', () => {
  const scope = 'gcp.vertex.agent'

  it('is read in snake case, and takes the result of a tool that threw from the merged span', () => {
    const response = {
      content: {
        role: 'model',
        parts: [{ text: 'Hm.', thought: true }, { text: 'Trying.' }, { function_call: { id: 'c1', name: 'roll', args: { sides: 6 } } }],
      },
      finish_reason: 'STOP',
      usage_metadata: { prompt_token_count: 10, candidates_token_count: 4, thoughts_token_count: 2 },
    }
    const merged = { content: { role: 'user', parts: [{ function_response: { id: 'c1', name: 'roll', response: { error: 'broken' } } }] } }
    const ledger = runOf([
      sentSpan('inv', 'invocation', { scope, to: 50 }),
      sentSpan('agent', 'agent_run [dice]', { scope, in: 'inv', to: 50 }),
      sentSpan('llm', 'call_llm', {
        scope,
        in: 'agent',
        to: 40,
        attributes: {
          'gen_ai.system': scope,
          'gen_ai.request.model': 'gemini',
          'gcp.vertex.agent.session_id': 's',
          'gcp.vertex.agent.llm_request': json({ contents: [{ role: 'user', parts: [{ text: 'Roll.' }] }] }),
          'gcp.vertex.agent.llm_response': json(response),
        },
      }),
      sentSpan('tool', 'execute_tool roll', { scope, in: 'llm', from: 12 }),
      sentSpan('merged', 'execute_tool (merged)', {
        scope,
        in: 'llm',
        from: 30,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': '(merged tools)',
          'gcp.vertex.agent.tool_response': json(merged),
        },
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Trying.', 'call roll {"sides":6}', 'result roll {"error":"broken"} !'])
    const { run, steps } = ledger
    assert.deepEqual([run.agentId, run.sessionId, run.inputTokens, run.outputTokens], ['dice', 's', 10, 4])
    assert.deepEqual(
      [steps[0]?.content['reasoning'], steps[0]?.attributes['reasoning_tokens'], steps[2]?.attributes['error_inferred']],
      ['Hm.', 2, true],
    )
  })
})

describe('Strands', () => {
  const details = 'gen_ai.client.inference.operation.details'
  const asked = { role: 'user', parts: [{ type: 'text', content: 'Roll.' }] }

  it('in its latest form tells input and output in events of their own, of tools too', () => {
    const answer = {
      role: 'assistant',
      parts: [
        { type: 'reasoningContent', content: { reasoningText: { text: 'Hm.' } } },
        { type: 'text', content: 'Rolling.' },
      ],
    }
    const ledger = runOf([
      sentSpan('swarm', 'invoke_swarm', { to: 60, attributes: { 'gen_ai.operation.name': 'invoke_swarm', 'gen_ai.agent.name': 'swarm' } }),
      sentSpan('run', 'invoke_agent dice', {
        in: 'swarm',
        to: 50,
        attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'dice' },
        events: [[details, { 'gen_ai.input.messages': json([asked]) }]],
      }),
      sentSpan('m1', 'chat', {
        in: 'run',
        attributes: { 'gen_ai.operation.name': 'chat' },
        events: [
          [details, { 'gen_ai.input.messages': json([asked]) }],
          [details, { 'gen_ai.output.messages': json([answer]) }],
        ],
      }),
      sentSpan('t1', 'execute_tool roll', {
        in: 'run',
        from: 20,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': 'roll',
          'gen_ai.tool.call.id': 'c1',
          'gen_ai.tool.status': 'error',
        },
        events: [
          [
            details,
            {
              'gen_ai.input.messages': json([
                { role: 'tool', parts: [{ type: 'tool_call', name: 'roll', id: 'c1', arguments: { sides: 6 } }] },
              ]),
            },
          ],
          [
            details,
            {
              'gen_ai.output.messages': json([
                { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: [{ json: { n: 4 } }] }] },
              ]),
            },
          ],
        ],
      }),
    ])
    assert.deepEqual(lines(ledger), ['thought Rolling.', 'call roll {"sides":6}', 'result roll {"n":4} !'])
    assert.deepEqual([ledger.steps[0]?.content['reasoning'], ledger.run.taskInput], ['Hm.', { messages: [asked] }])
  })
})

describe('Mastra', () => {
  it('is read where steps alone stand for model calls', () => {
    const type = (of: string, more = {}) => ({ 'mastra.span.type': of, ...more })
    const ledger = runOf([
      sentSpan('run', 'agent run', {
        to: 90,
        attributes: type('agent_run', { 'gen_ai.agent.name': 'dice', 'mastra.agent_run.input': 'Roll.' }),
      }),
      sentSpan('loop', 'llm', {
        in: 'run',
        to: 80,
        attributes: type('model_generation', { 'mastra.model_generation.output': json({ text: 'A four.' }) }),
      }),
      sentSpan('s1', 'step', {
        in: 'loop',
        to: 20,
        attributes: type('model_step', {
          'mastra.model_step.output': json({ text: '', toolCalls: [{ toolCallId: 'c1', toolName: 'roll', args: { sides: 6 } }] }),
        }),
      }),
      sentSpan('k1', 'chunk', { in: 's1', to: 5, attributes: type('model_chunk', { 'mastra.model_chunk.output': json({ text: 'Hm.' }) }) }),
      sentSpan('t1', 'tool', {
        in: 's1',
        from: 15,
        to: 19,
        attributes: type('tool_call', { 'gen_ai.tool.name': 'roll', 'gen_ai.tool.call.id': 'c1', 'mastra.tool_call.output': '4' }),
      }),
      sentSpan('s2', 'step', {
        in: 'loop',
        from: 30,
        to: 40,
        attributes: type('model_step', { 'mastra.model_step.output': json({ text: 'A four.' }) }),
      }),
    ])
    assert.deepEqual(
      lines(ledger),
      ['thought undefined', 'call roll {"sides":6}', 'result roll "4"', 'thought A four.'].map(l => l.replace('undefined', '')),
    )
    assert.deepEqual([ledger.steps[0]?.content['reasoning'], ledger.run.agentId], ['Hm.', 'dice'])
  })
})

describe('MCP', () => {
  const wire = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'get' }

  it('folds client and server into the call around them, and fills its gaps', () => {
    const ledger = runOf([
      sentSpan('run', 'invoke_agent a', { to: 60, attributes: { 'gen_ai.operation.name': 'invoke_agent' } }),
      sentSpan('tool', 'execute_tool mcp__shop__get', {
        in: 'run',
        to: 50,
        attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'mcp__shop__get' },
      }),
      sentSpan('client', 'tools/call get', {
        in: 'tool',
        kind: 3,
        to: 40,
        attributes: { ...wire, 'gen_ai.tool.call.arguments': '{"id":1}' },
      }),
      sentSpan('server', 'tools/call get', {
        in: 'client',
        kind: 2,
        from: 5,
        to: 30,
        resource: { 'service.name': 'shop' },
        attributes: { ...wire, 'error.type': 'tool_error', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.call.result': 'sold out' },
      }),
      sentSpan('list', 'tools/list', { in: 'run', attributes: { 'mcp.method.name': 'tools/list' } }),
    ])
    assert.deepEqual(lines(ledger), ['call mcp__shop__get {"id":1}', 'result mcp__shop__get "sold out" !'])
    assert.equal(ledger.steps[0]?.attributes['server'], 'shop')
  })

  it('is no run by itself', () => {
    assert.throws(() => runOf([sentSpan('client', 'tools/call get', { attributes: wire })]), /Expected one run, got 0/)
  })
})

describe('Microsoft', () => {
  it('takes a workflow for the agent around its agents, and names agents rather than by ids made up', () => {
    const { run, steps } = runOf([
      sentSpan('flow', 'workflow.run', { to: 90, attributes: { 'workflow.id': '1', 'workflow.name': 'travel' } }),
      sentSpan('exec', 'executor.process', { in: 'flow', to: 80, attributes: { 'executor.id': 'e' } }),
      sentSpan('agent', 'invoke_agent dice', {
        in: 'exec',
        to: 70,
        attributes: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.id': '2c1e9f0a-0000-4000-8000-000000000000',
          'gen_ai.agent.name': 'dice',
        },
      }),
      sentSpan('m', 'chat', {
        in: 'agent',
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.response.finish_reason': 'stop',
          'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"A four."}]}]',
        },
      }),
      sentSpan('fn', 'math-add', { in: 'agent', from: 20, scope: 'semantic_kernel.functions.kernel_function' }),
    ])
    assert.deepEqual([run.agentId, steps.map(s => s.type)], ['travel', ['thought', 'tool_call', 'tool_result']])
    assert.deepEqual(steps[1]?.content, { tool_name: 'math-add', arguments: {}, content_captured: false })
  })
})

describe('Genkit, Langfuse, LiteLLM, LoongSuite', () => {
  it('reads a flow of Genkit', () => {
    const action = (subtype: string, name: string, input: object | string, output: object | string) => ({
      'genkit:type': 'action',
      'genkit:metadata:subtype': subtype,
      'genkit:name': name,
      'genkit:input': json(input),
      'genkit:output': json(output),
    })
    const ask = { role: 'model', content: [{ text: 'Rolling.' }, { toolRequest: { ref: 'c1', name: 'roll', input: { sides: 6 } } }] }
    const ledger = runOf([
      sentSpan('flow', 'dice', { to: 90, attributes: action('flow', 'dice', 'Roll.', 'A four.') }),
      sentSpan('gen', 'generate', { in: 'flow', to: 80, attributes: { 'genkit:type': 'util', 'genkit:name': 'generate' } }),
      sentSpan('m', 'gemini', {
        in: 'gen',
        attributes: action(
          'model',
          'googleai/gemini',
          { messages: [{ role: 'user', content: [{ text: 'Roll.' }] }] },
          { message: ask, finishReason: 'stop', usage: { inputTokens: 5, outputTokens: 2 } },
        ),
      }),
      sentSpan('t', 'roll', { in: 'gen', from: 20, attributes: action('tool', 'roll', { sides: 6 }, { n: 4 }) }),
    ])
    assert.deepEqual(lines(ledger), ['thought Rolling.', 'call roll {"sides":6}', 'result roll {"n":4}'])
    assert.deepEqual([ledger.run.agentId, ledger.run.taskInput, ledger.run.inputTokens], ['dice', { input: 'Roll.' }, 5])
  })

  it("reads observations of Langfuse's SDKs", () => {
    const observed = (type: string, input: object | string, output: object | string, more = {}) => ({
      'langfuse.observation.type': type,
      'langfuse.observation.input': json(input),
      'langfuse.observation.output': json(output),
      'langfuse.session.id': 's',
      ...more,
    })
    const messages = [{ role: 'user', content: 'Roll.' }]
    const ledger = runOf([
      sentSpan('a', 'dice', { to: 90, attributes: observed('agent', { messages }, 'A four.') }),
      sentSpan('g', 'llm', {
        in: 'a',
        attributes: observed(
          'generation',
          messages,
          { role: 'assistant', content: 'Rolling.', tool_calls: [{ id: 'c1', function: { name: 'roll', arguments: '{"sides":6}' } }] },
          {
            'langfuse.observation.model.name': 'gpt',
            'langfuse.observation.usage_details': json({ input: 5, output: 2 }),
            'langfuse.observation.cost_details': json({ total: 0.5 }),
          },
        ),
      }),
      sentSpan('t', 'roll', { in: 'a', from: 20, attributes: observed('tool', { sides: 6 }, { n: 4 }) }),
    ])
    assert.deepEqual(lines(ledger), ['thought Rolling.', 'call roll {"sides":6}', 'result roll {"n":4}'])
    assert.deepEqual([ledger.run.agentId, ledger.run.sessionId, ledger.run.cost], ['dice', 's', 0.5])
  })

  it('knows the model call of LiteLLM by its name, and kinds of LoongSuite', () => {
    const said = { 'gen_ai.completion.0.content': 'Hi.', 'gen_ai.completion.0.role': 'assistant', 'gen_ai.request.model': 'gpt' }
    const ledger = runOf([
      sentSpan('root', 'Received Proxy Server Request', { to: 50, scope: 'litellm' }),
      sentSpan('req', 'litellm_request', { in: 'root', scope: 'litellm', to: 20, attributes: { ...said, 'gen_ai.cost.total_cost': 0.25 } }),
      sentSpan('raw', 'raw_gen_ai_request', { in: 'req', scope: 'litellm', to: 19, attributes: { 'llm.openai.messages': '[]' } }),
      sentSpan('tool', 'search', {
        in: 'root',
        from: 30,
        attributes: { 'gen_ai.span.kind': 'TOOL', 'gen_ai.tool.name': 'search', 'gen_ai.user.id': 'u' },
      }),
    ])
    assert.deepEqual([ledger.steps.map(s => s.type), ledger.run.cost], [['thought', 'tool_call', 'tool_result'], 0.25])
  })
})

describe('LangGraph under OpenInference', () => {
  it('calls a chain an agent that is called what its agent is called, also below a tool', () => {
    const chain = (name: string) => ({ 'openinference.span.kind': 'CHAIN', metadata: json({ lc_agent_name: name, thread_id: 't' }) })
    const answer = (content: string, calls: readonly object[] = []) => ({
      'openinference.span.kind': 'LLM',
      'output.value': json({ choices: [{ message: { role: 'assistant', content, tool_calls: calls } }] }),
    })
    const call = { id: 'c1', type: 'function', function: { name: 'ask_pilot', arguments: '{}' } }
    const { run, steps } = runOf([
      sentSpan('root', 'harbour', { to: 90, attributes: chain('harbour') }),
      sentSpan('node', 'model_request', { in: 'root', from: 1, to: 12, attributes: chain('harbour') }),
      sentSpan('m1', 'ChatOpenAI', { in: 'node', from: 2, attributes: answer('I ask the pilot.', [call]) }),
      sentSpan('t1', 'ask_pilot', {
        in: 'root',
        from: 20,
        to: 60,
        attributes: { 'openinference.span.kind': 'TOOL', 'output.value': 'West.' },
      }),
      sentSpan('sub', 'pilot', { in: 't1', from: 21, to: 59, attributes: chain('pilot') }),
      sentSpan('m2', 'ChatOpenAI', { in: 'sub', from: 22, attributes: answer('Pass it to the west.') }),
    ])
    assert.equal(run.agentId, 'harbour')
    assert.deepEqual(
      steps.map(s => [s.type, s.agent]),
      [
        ['thought', null],
        ['tool_call', null],
        ['thought', ['harbour', 'pilot']],
        ['tool_result', null],
      ],
    )
  })
})

describe('the Vercel AI SDK under OpenInference', () => {
  it('takes no error that was copied from another span for its own', () => {
    const message = '503'
    const failed = { scope: 'gen_ai', status: 2, message }
    const tool = (id: string) => ({
      'openinference.span.kind': 'TOOL',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'book',
      'gen_ai.tool.call.id': id,
    })
    const chat = (content: string, finish: string) => ({
      'openinference.span.kind': 'LLM',
      'gen_ai.operation.name': 'chat',
      'gen_ai.response.finish_reasons': [finish],
      'gen_ai.output.messages': json([{ role: 'assistant', parts: [{ type: 'text', content }] }]),
    })
    const ledger = runOf([
      sentSpan('root', 'invoke_agent', {
        ...failed,
        to: 90,
        attributes: { 'openinference.span.kind': 'AGENT', 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'harbour' },
      }),
      sentSpan('m1', 'chat', { scope: 'gen_ai', in: 'root', status: 1, attributes: chat('I book.', 'tool-calls') }),
      sentSpan('t1', 'execute_tool', {
        ...failed,
        in: 'root',
        from: 20,
        attributes: tool('c1'),
        events: [['exception', { 'exception.type': 'Error', 'exception.message': message }]],
      }),
      sentSpan('m2', 'chat', { ...failed, in: 'root', from: 40, attributes: chat('Once more.', 'tool-calls') }),
      sentSpan('t2', 'execute_tool', {
        ...failed,
        in: 'root',
        from: 60,
        attributes: { ...tool('c2'), 'gen_ai.tool.call.result': '{"berth":14}' },
      }),
      sentSpan('m3', 'chat', { ...failed, in: 'root', from: 75, attributes: chat('Berth 14.', 'stop') }),
    ])
    assert.deepEqual(lines(ledger), [
      'thought I book.',
      'call book {}',
      'result book "503" !',
      'thought Once more.',
      'call book {}',
      'result book {"berth":14}',
      'thought Berth 14.',
    ])
    assert.equal(ledger.run.status, 'completed')
  })
})

describe('smolagents under OpenInference', () => {
  it('tells a plan by the prompt that asks for it, where the provider cut its mark off', () => {
    const { steps } = runOf([
      sentSpan('root', 'travel.run', { to: 90, attributes: { 'openinference.span.kind': 'AGENT' } }),
      sentSpan('m1', 'OpenAIModel.generate', {
        in: 'root',
        from: 2,
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.input_messages.0.message.role': 'user',
          'llm.input_messages.0.message.contents.0.message_content.text':
            'You are a world expert at analyzing a situation to derive facts.',
          'llm.output_messages.0.message.role': 'assistant',
          'llm.output_messages.0.message.content': '1. Look it up',
        },
      }),
    ])
    assert.deepEqual(
      steps.map(s => [s.type, s.content['text']]),
      [['plan_update', '1. Look it up']],
    )
  })
})
