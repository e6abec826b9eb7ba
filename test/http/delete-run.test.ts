import assert from 'node:assert/strict'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'

const traceOf = (n: number): string => `${n}`.repeat(32)
const runOf = (trace: string): string => trace.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
const text = (value: string) => ({ stringValue: value })

const spanOf = (traceId: string, spanId: string, attributes: Readonly<Record<string, string>>) => ({
  traceId,
  spanId,
  name: 'think',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000000000001',
  attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: text(value) })),
})

const thought = (words: string) => ({ 'agent.step.type': 'thought', 'agent.step.content': JSON.stringify({ text: words }) })

describe('DELETE /api/runs/:id', () => {
  const server = testServer()
  const send = async (...spans: readonly object[]): Promise<void> => {
    const response = await fetch(`${server.api}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    })
    assert.equal(response.status, 200)
    await drained(server.db)
  }
  const status = async (path: string, method = 'GET'): Promise<number> => (await fetch(`${server.api}/api${path}`, { method })).status
  const factsOf = async (trace: string): Promise<number> => (await server.db('obs_journal').where({ group_id: runOf(trace) })).length

  it('takes the run, its rows and its facts, and what is sent again does not bring it back', async () => {
    const [trace, id] = [traceOf(1), runOf(traceOf(1))]
    await send(spanOf(trace, 'a'.repeat(16), thought('secret')))
    assert.equal(await status(`/runs/${id}`), 200)
    assert.equal(await status(`/runs/${id}`, 'DELETE'), 204)
    assert.equal(await factsOf(trace), 0)
    assert.equal(await status(`/runs/${id}`), 410)
    assert.equal(await status(`/runs/${id}`, 'DELETE'), 404)
    await send(spanOf(trace, 'a'.repeat(16), thought('secret')), spanOf(trace, 'b'.repeat(16), thought('late')))
    assert.deepEqual([await factsOf(trace), await status(`/runs/${id}`)], [0, 410])
    assert.equal((await server.db('obs_steps').where({ run_id: id })).length, 0)
  })

  it('leaves the facts of a trace that another run is in', async () => {
    const trace = traceOf(2)
    const [one, other] = ['22222222-0000-4000-8000-000000000001', '22222222-0000-4000-8000-000000000002']
    await send(
      spanOf(trace, 'c'.repeat(16), { ...thought('one'), 'agent.run.id': one }),
      spanOf(trace, 'd'.repeat(16), { ...thought('other'), 'agent.run.id': other }),
    )
    assert.equal(await status(`/runs/${one}`, 'DELETE'), 204)
    assert.deepEqual([await status(`/runs/${one}`), await status(`/runs/${other}`)], [410, 200])
    assert.notEqual(await factsOf(trace), 0)
    await send(spanOf(trace, 'e'.repeat(16), { ...thought('more'), 'agent.run.id': other }))
    assert.deepEqual([await status(`/runs/${one}`), (await server.db('obs_steps').where({ run_id: other })).length], [410, 2])
  })

  it('is told to who follows all runs', async () => {
    const trace = traceOf(3)
    await send(spanOf(trace, 'f'.repeat(16), thought('told')))
    assert.equal(await status(`/runs/${runOf(trace)}`, 'DELETE'), 204)
    for (let i = 0; i < 100; i += 1) {
      const entries = await server.db('obs_feed').where({ run_id: runOf(trace), gone: true })
      if (entries.length > 0) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    assert.fail('The feed does not say that the run is gone')
  })
})
