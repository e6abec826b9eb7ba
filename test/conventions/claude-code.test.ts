import assert from 'node:assert/strict'
import { lines, trace } from '../ledger/readings.ts'
import { runOf, runsOf, sentLog, sentSpan } from './items.ts'

const scope = 'com.anthropic.claude_code.events'
const resource = { 'service.name': 'claude-code' }
const within = { trace, in: 'interact' }
let sequence = 0
const event = (name: string, at: number, attributes = {}, ids: { readonly trace?: string; readonly in?: string } = {}) =>
  sentLog(name, {
    at,
    scope,
    resource,
    trace: ids.trace ?? null,
    ...(ids.in === undefined ? {} : { in: ids.in }),
    body: `claude_code.${name}`,
    attributes: { 'session.id': 's', 'prompt.id': 'p1', 'event.name': name, 'event.sequence': sequence++, ...attributes },
  })

const tracing = { scope: 'com.anthropic.claude_code.tracing', resource }

describe('Claude Code', () => {
  const logsWith = (ids = {}) => [
    event('plugin_loaded', 0, { 'prompt.id': '' }),
    event('user_prompt', 1, { prompt: 'Read it.' }, ids),
    event(
      'tool_decision',
      20,
      { tool_name: 'Bash', tool_use_id: 't1', decision: 'accept', tool_parameters: '{"full_command":"cat a"}' },
      ids,
    ),
    event('api_request', 22, { model: 'sonnet', input_tokens: 10, output_tokens: 5, cost_usd: 0.5, duration_ms: 20 }, ids),
    event('assistant_response', 23, { response: 'I will read it.' }, ids),
    event(
      'tool_result',
      40,
      {
        tool_name: 'Bash',
        tool_use_id: 't1',
        success: 'false',
        error: 'failed',
        tool_input: '{"command":"cat a"}',
      },
      ids,
    ),
    event('api_request', 60, { model: 'sonnet', input_tokens: 20, output_tokens: 7, cost_usd: 0.25, duration_ms: 15 }, ids),
    event('assistant_response', 61, { response: 'It is not there.' }, ids),
  ]
  const logs = logsWith()

  it('is a run of its prompt where logs alone are sent', () => {
    const ledger = runOf(logs)
    assert.deepEqual(lines(ledger), [
      'thought I will read it.',
      'call Bash {"command":"cat a"}',
      'result Bash "failed" !',
      'thought It is not there.',
    ])
    const { run } = ledger
    assert.deepEqual(
      [run.agentId, run.taskInput, run.status, run.sessionId, run.inputTokens, run.outputTokens, run.cost],
      ['claude-code', { input: 'Read it.' }, 'completed', 's', 30, 12, 0.75],
    )
  })

  it('is a run for each prompt of a session', () => {
    const second = [
      event('user_prompt', 101, { prompt: 'And now?', 'prompt.id': 'p2' }),
      event('assistant_response', 120, { response: 'Nothing.', 'prompt.id': 'p2' }),
    ]
    assert.deepEqual(
      runsOf([...second, ...logs]).map(l => l.run.taskInput),
      [{ input: 'Read it.' }, { input: 'And now?' }],
    )
  })

  it('takes the trace for the run where one is sent, and gives each span what its logs say', () => {
    const spans = [
      sentSpan('interact', 'claude_code.interaction', {
        ...tracing,
        from: 0,
        to: 70,
        attributes: { 'span.type': 'interaction', 'session.id': 's' },
      }),
      sentSpan('llm1', 'claude_code.llm_request', {
        ...tracing,
        in: 'interact',
        from: 2,
        to: 22,
        attributes: { 'span.type': 'llm_request', model: 'sonnet', input_tokens: 10, output_tokens: 5, stop_reason: 'tool_use' },
      }),
      sentSpan('tool1', 'claude_code.tool', {
        ...tracing,
        in: 'interact',
        from: 19,
        to: 39,
        attributes: { 'span.type': 'tool', tool_name: 'Bash', tool_use_id: 't1', full_command: 'cat a' },
      }),
      sentSpan('exec1', 'claude_code.tool.execution', {
        ...tracing,
        in: 'tool1',
        from: 21,
        to: 39,
        status: 2,
        message: 'failed',
        attributes: { 'span.type': 'tool.execution', success: false },
      }),
      sentSpan('llm2', 'claude_code.llm_request', {
        ...tracing,
        in: 'interact',
        from: 45,
        to: 60,
        attributes: { 'span.type': 'llm_request', model: 'sonnet', input_tokens: 20, output_tokens: 7, stop_reason: 'end_turn' },
      }),
    ]
    const both = runOf([...logsWith(within), ...spans])
    assert.deepEqual(lines(both), lines(runOf(logs)))
    assert.deepEqual(
      [both.run.id, both.run.status, both.run.cost, both.run.inputTokens],
      ['a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0', 'completed', 0.75, 30],
    )
  })

  it('shows steps without content where that is redacted', () => {
    const ledger = runOf([event('user_prompt', 1, { prompt: '<REDACTED>' }), event('assistant_response', 5, { response: '<REDACTED>' })])
    assert.equal(ledger.run.taskInput, null)
    assert.deepEqual(
      ledger.steps.map(s => s.content),
      [{ text: '', content_captured: false }],
    )
  })

  it('keeps the steps of a sub-agent below the call that started it', () => {
    const below = { agent_id: 'a1', query_source: 'agent:builtin:explorer' }
    const ledger = runOf([
      event('user_prompt', 1, { prompt: 'Look.' }),
      event('assistant_response', 5, { response: 'Delegating.' }),
      event('assistant_response', 9, { response: 'Looking.', ...below }),
      event('tool_result', 12, { tool_name: 'Grep', tool_use_id: 't2', success: 'true', agent_id: 'a1' }),
    ])
    assert.deepEqual(
      ledger.steps.map(s => s.agent),
      [null, ['claude-code', 'explorer'], ['claude-code', 'explorer'], ['claude-code', 'explorer']],
    )
  })

  it('tells an error of the API, and that of a tool which was refused', () => {
    const ledger = runOf([
      event('user_prompt', 1, { prompt: 'Go.' }),
      event('api_error', 4, { error: 'Overloaded', status_code: '529', model: 'sonnet' }),
      event('tool_decision', 8, { tool_name: 'Bash', tool_use_id: 't3', decision: 'reject' }),
    ])
    assert.deepEqual(lines(ledger), ['error Overloaded', 'call Bash {}', 'result Bash "rejected" !'])
  })
})
