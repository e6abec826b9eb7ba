import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { line3, orSkip } from './lines.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const maxLines = 15

const section = (): string => {
  const readme = readFileSync(path('../../README.md'), 'utf8')
  return /## Your agent\n[\s\S]*?(?=\n## )/.exec(readme)?.[0].trimEnd() ?? ''
}

describe('the README on your agent', () => {
  const server = testServer()

  it(`shows examples/agent.ts as it is, in ${maxLines} lines`, () => {
    assert.equal(/```ts\n([\s\S]*?)```/.exec(section())?.[1], readFileSync(path('../../examples/agent.ts'), 'utf8'))
    assert.ok(section().split('\n').length <= maxLines)
  })

  it('shows what runs, and is seen in the rows', async function () {
    orSkip(this, line3)
    const env = { ...process.env, OTEL_SERVICE_NAME: 'my-agent', OTEL_EXPORTER_OTLP_ENDPOINT: server.otlp, OTEL_METRICS_EXPORTER: 'none' }
    const flags = ['--import', path('source-hook.ts'), '--import', path('../../src/register.ts')]
    await promisify(execFile)(process.execPath, [...flags, path('../../examples/agent.ts')], { cwd: path('../sdk3'), env })
    await drained(server.db)
    const [run] = await server.db('obs_runs').select('id', 'agent_id', 'status', 'steps', 'artifacts', 'gaps', 'task_input')
    const { id, ...rest } = run
    assert.deepEqual(rest, {
      agent_id: 'weather-agent',
      status: 'completed',
      steps: 4,
      artifacts: 1,
      gaps: 0,
      task_input: 'Do I need an umbrella in Oslo?',
    })
    const steps = await server.db('obs_steps').where({ run_id: id }).orderBy('sequence')
    assert.deepEqual(
      steps.map(s => s.type),
      ['plan_update', 'tool_call', 'tool_result', 'thought'],
    )
    const [content] = await server.db('obs_artifact_contents').where({ run_id: id }).pluck('bytes')
    assert.equal(content.toString(), 'Take it: rain in Oslo.')
  })
})
