import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { loadConventions } from '../../src/convention-files.ts'
import { readItemWith } from '../../src/conventions/index.ts'
import { assemble } from '../../src/ledger/index.ts'
import { lines, runId, settled, trace } from '../ledger/readings.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { sentSpan } from './items.ts'

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

describe('a convention of the user', () => {
  it('is read beside all others, and before them', async () => {
    const own = await loadConventions([pathOf('./own/acme.ts')])
    const items = [
      sentSpan('run', 'x', { to: 50, attributes: { 'acme.kind': 'agent', 'acme.name': 'mine', 'acme.in': 'Go.' } }),
      sentSpan('m', 'x', {
        in: 'run',
        attributes: { 'acme.kind': 'model', 'acme.out': 'Looking.', 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'big' },
      }),
      sentSpan('t', 'x', {
        in: 'run',
        from: 20,
        attributes: { 'acme.kind': 'tool', 'acme.name': 'look', 'acme.in': 'here', 'acme.out': 'seen' },
      }),
    ]
    const ledger = assemble(runId, items.map(readItemWith(own)), settled)
    assert.deepEqual(ledger && lines(ledger), ['thought Looking.', 'call look {"input":"here"}', 'result look "seen"'])
    assert.deepEqual([ledger?.run.agentId, ledger?.run.taskInput, ledger?.steps[0]?.attributes['model']], ['mine', 'Go.', 'big'])
  })

  it('that can not be loaded, or is none, is told when the server starts', async () => {
    await assert.rejects(loadConventions(['/nowhere/mine.ts']), /RUNLEDGER_CONVENTIONS: \/nowhere\/mine\.ts can't be loaded/)
    await assert.rejects(loadConventions([pathOf('./items.ts')]), /to export a convention \(\{ name, speaks, read \}\), found none/)
  })

  describe('in a server', () => {
    const server = testServer({ settings: { graceMs: 300, idleTimeoutMs: 1_500, conventions: [pathOf('./own/acme.ts')] } })

    it('makes rows', async () => {
      const attributes = [
        { key: 'acme.kind', value: { stringValue: 'agent' } },
        { key: 'acme.name', value: { stringValue: 'mine' } },
      ]
      const span = {
        traceId: trace,
        spanId: 'b0'.repeat(8),
        name: 'x',
        startTimeUnixNano: '1700000000000000000',
        endTimeUnixNano: '1700000001000000000',
      }
      const body = { resourceSpans: [{ scopeSpans: [{ spans: [{ ...span, attributes }] }] }] }
      const answer = await fetch(`${server.otlp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      assert.equal(answer.status, 200)
      await drained(server.db)
      assert.deepEqual(await server.db('obs_runs').select('agent_id', 'status'), [{ agent_id: 'mine', status: 'completed' }])
    })
  })
})
