import assert from 'node:assert/strict'
import { lines, live } from '../ledger/readings.ts'
import { runOf, runsOf, sentLog, sentSpan } from './items.ts'

const resource = { 'service.name': 'codex_exec' }
const event = (name: string, at: number, attributes = {}, trace: string | null = null) =>
  sentLog(`codex.${name}`, {
    at,
    scope: 'codex_otel.log_only',
    resource,
    trace,
    attributes: { 'event.name': `codex.${name}`, 'conversation.id': 'c', model: 'gpt-5.5', ...attributes },
  })

const completed = { 'event.kind': 'response.completed', input_token_count: '20', output_token_count: '9', reasoning_token_count: '3' }
const result = { tool_name: 'exec_command', call_id: 'c1', arguments: '{"cmd":"ls"}', success: 'true', duration_ms: '30' }

describe('Codex CLI', () => {
  const first = [
    event('conversation_starts', 0),
    event('user_prompt', 10, { prompt: 'List it.' }),
    event('sse_event', 20, { 'event.kind': 'response.completed' }),
    event('sse_event', 21, completed),
    event('tool_decision', 25, { tool_name: 'exec_command', call_id: 'c1', decision: 'approved' }),
    event('tool_result', 60, { ...result, output: 'Process exited with code 0\nOutput:\na' }),
    event('sse_event', 80, completed),
    event('agent_response', 81, { response: 'It holds a.' }),
  ]

  it('is a run from prompt to prompt of a conversation', () => {
    const second = [event('user_prompt', 100, { prompt: 'Thanks.' }), event('sse_event', 120, completed)]
    const [one, two] = runsOf([...second, ...first])
    assert.deepEqual(one && lines(one), [
      'thought ',
      'call exec_command {"cmd":"ls"}',
      'result exec_command "Process exited with code 0\\nOutput:\\na"',
      'thought It holds a.',
    ])
    assert.deepEqual([one?.run.status, one?.run.agentId, one?.run.inputTokens, one?.run.outputTokens], ['completed', 'codex_exec', 40, 18])
    assert.deepEqual([two?.run.taskInput, two?.steps.length], [{ input: 'Thanks.' }, 1])
  })

  it('is still running while nothing says that it has ended', () => {
    assert.equal(runOf(first, live).run.status, 'running')
  })

  it('takes a command that exits with an error for failed, and says that this is a guess', () => {
    const steps = runOf([
      event('user_prompt', 0, { prompt: 'x' }),
      event('tool_result', 9, { ...result, output: 'Process exited with code 2' }),
    ]).steps
    assert.deepEqual([steps[1]?.content['is_error'], steps[1]?.attributes['error_inferred'], steps[1]?.latencyMs], [true, true, 30])
  })

  it('reads a patch as text, and the files it names', () => {
    const patch = '*** Begin Patch\n*** Add File: a.md\n+x\n*** Delete File: b.md\n*** End Patch'
    const { steps, artifacts } = runOf([
      event('user_prompt', 0, { prompt: '[REDACTED]' }),
      event('tool_result', 9, { ...result, tool_name: 'apply_patch', arguments: patch, output: 'Success' }),
    ])
    assert.deepEqual(steps[0]?.content['arguments'], { input: patch })
    assert.deepEqual(artifacts.map(a => `${a.role} ${a.path}`).sort(), ['deleted b.md', 'output a.md'])
  })

  it('makes a plan of the plan tool, and ends with the turn where its spans are sent', () => {
    const trace = 'b0'.repeat(16)
    const plan = {
      tool_name: 'update_plan',
      call_id: 'c2',
      success: 'true',
      arguments: '{"plan":[{"step":"Read","status":"in_progress"}]}',
    }
    const { run, steps } = runOf(
      [
        event('user_prompt', 0, { prompt: 'Plan.' }, trace),
        event('tool_result', 5, { ...plan, output: 'Plan updated' }, trace),
        sentSpan('turn', 'session_task.turn', { trace, resource, to: 20, attributes: { 'codex.turn.token_usage.input_tokens': 7 } }),
        sentSpan('noise', 'append_items', { trace, resource, in: 'turn' }),
      ],
      live,
    )
    assert.deepEqual(
      steps.map(s => s.content),
      [{ items: [{ title: 'Read', status: 'in_progress' }] }],
    )
    assert.deepEqual([run.status, run.inputTokens, run.agentId], ['completed', 7, 'codex_exec'])
  })
})
