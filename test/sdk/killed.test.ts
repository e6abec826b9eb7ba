import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { testServer } from '../support/server.ts'
import { line3, orSkip } from './lines.ts'

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
const patienceMs = 30_000

describe('a run killed in the middle of a tool call', () => {
  const server = testServer({ settings: { graceMs: 500, idleTimeoutMs: 4_000 } })

  const seen = async (id: string) => ({
    status: (await server.db('obs_runs').where({ id }).first('status'))?.status,
    steps: (await server.db('obs_steps').where({ run_id: id }).orderBy('sequence')).map(s => [
      s.type,
      s.content.code ?? s.content.tool_name,
    ]),
  })

  const until = async (id: string, is: (now: Awaited<ReturnType<typeof seen>>) => boolean) => {
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(25)) if (is(await seen(id))) break
    return seen(id)
  }

  const showsItself = async (setup: string, cwd: string): Promise<void> => {
    const id = randomUUID()
    const env = {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: server.otlp,
      OTEL_SERVICE_NAME: 'stuck',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
    }
    const child = spawn(process.execPath, ['--import', path(setup), path('stuck-agent.ts'), id], { cwd, env, stdio: 'inherit' })
    const ended = new Promise(resolve => child.once('exit', resolve))
    const running = await until(id, ({ steps }) => steps.length === 2)
    child.kill('SIGKILL')
    await ended
    assert.deepEqual(running, {
      status: 'running',
      steps: [
        ['thought', undefined],
        ['tool_call', 'wait'],
      ],
    })
    assert.deepEqual(await until(id, ({ status }) => status === 'failed'), {
      status: 'failed',
      steps: [...running.steps, ['error', 'abandoned']],
    })
    assert.deepEqual((await server.db('obs_runs').where({ id }).first('task_input')).task_input, 'Wait.')
  }

  it('shows the call and runs, then has failed, with the 2.x line', () => showsItself('setup-line2.ts', process.cwd()))

  it('shows the call and runs, then has failed, with `runledger/register` and the 3.x line', async function () {
    orSkip(this, line3)
    await showsItself('../../src/register.ts', path('../sdk3'))
  })
})
