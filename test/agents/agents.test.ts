import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { ended } from './ended.ts'
import { agents } from './expectations.ts'
import { type Said, startModelServer } from './model-server.ts'
import { stepsInRows } from './row-steps.ts'
import { type Account, runProgram } from './run-program.ts'
import { chart, handedOver, pilotAnswer } from './script.ts'
import { startTap } from './tap.ts'
import { stepsTold } from './told-steps.ts'

const captures = process.env['RUNLEDGER_AGENTS_CAPTURES']
const reason = process.env['RUNLEDGER_AGENTS_SKIP']

/** The real packages, against a scripted model: what they export is what they did. */
describe('agents', () => {
  before(function () {
    if (reason === undefined) return
    console.log(`SKIPPED: the agents' packages are not installed: ${reason}`)
    this.skip()
  })
  for (const { program, what, scenarios } of agents) {
    describe(what, () => {
      for (const { scenario, agent, status, nested = [], reasoning = false, inTurn = false, redacted } of scenarios) {
        describe(scenario, () => {
          const server = testServer({ settings: { graceMs: 200, idleTimeoutMs: 60_000 } })

          it('has in its rows what it says it did', async () => {
            const model = await startModelServer()
            const folder = captures === undefined ? undefined : join(captures, `${program}-${scenario.replaceAll(' ', '-')}`)
            const tap = folder === undefined ? undefined : await startTap(server.otlp, folder)
            const account = await runProgram({ program, scenario, modelUrl: model.url, otlpUrl: tap?.url ?? server.otlp }).finally(
              async () => {
                await model.stop()
                await tap?.stop()
              },
            )
            if (folder !== undefined) writeFileSync(join(folder, 'account.json'), JSON.stringify({ account, said: model.said }, null, 1))
            await drained(server.db)
            await ended(server.db)
            assert.deepEqual(model.unexpected, [])
            const runs = await server.db('obs_runs').select('agent_id', 'status', 'task_input', 'input_tokens', 'output_tokens')
            const said = model.said.filter(({ turn }) => turn.fate === undefined)
            assert.deepEqual(
              await stepsInRows(server.db, phrasesOf(model.said, account, redacted)),
              stepsTold({ said: model.said, account, nested: new Set(nested), inTurn, reasoning, redacted }),
            )
            assert.deepEqual(
              runs.map(run => ({ ...run, task_input: JSON.stringify(run.task_input).includes(account.task) })),
              [
                {
                  agent_id: agent,
                  status,
                  task_input: true,
                  input_tokens: String(said.reduce((sum, { turn }) => sum + turn.tokens.input, 0)),
                  output_tokens: String(said.reduce((sum, { turn }) => sum + turn.tokens.output, 0)),
                },
              ],
            )
          })
        })
      }
    })
  }
})

const phrasesOf = (said: readonly Said[], { executions }: Account, redacted: string | undefined): readonly string[] => [
  ...(redacted === undefined ? executions.flatMap(({ error }) => error ?? []) : [redacted]),
  ...said.flatMap(({ turn }) => (turn.fate === 'error' ? turn.text : [])),
  pilotAnswer,
  handedOver,
  chart,
]
