import assert from 'node:assert/strict'
import { requestOf, span } from '../otlp/wire.ts'
import { testServer } from '../support/server.ts'

describe('GET /metrics', () => {
  const server = testServer()

  const figures = async (): Promise<ReadonlyMap<string, number>> => {
    const response = await fetch(`${server.api}/metrics`)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
    return new Map(lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
  }

  const post = async (body: Uint8Array, path = '/v1/traces'): Promise<number> =>
    (
      await fetch(server.api + path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(body),
      })
    ).status

  it('counts what was accepted, rejected and refused', async () => {
    assert.equal(await post(requestOf(span(), span(), Buffer.from([10, 0]))), 200)
    assert.equal(await post(Buffer.from([2])), 400)
    const found = await figures()
    const http = '{receiver="otlp",transport="http"}'
    assert.equal(found.get(`otelcol_receiver_accepted_spans${http}`), 2)
    assert.equal(found.get('runledger_rejected_items_total{signal="traces"}'), 1)
    assert.equal(found.get('otelcol_receiver_requests{receiver="otlp",transport="http",outcome="success"}'), 1)
    assert.equal(found.get('otelcol_receiver_requests{receiver="otlp",transport="http",outcome="refused"}'), 1)
    assert.equal(found.get('runledger_request_duration_seconds_count{transport="http",outcome="success"}'), 1)
    assert.equal(found.get('runledger_quarantined_items'), 1)
    assert.equal(found.get('runledger_database_up'), 1)
  })

  it('says nothing of the stages while the database is away', async () => {
    await server.db.raw('alter table obs_inbox rename to obs_inbox_away')
    try {
      const found = await figures()
      assert.deepEqual([found.get('runledger_database_up'), found.has('runledger_inbox_requests')], [0, false])
    } finally {
      await server.db.raw('alter table obs_inbox_away rename to obs_inbox')
    }
    assert.equal((await figures()).has('runledger_inbox_requests'), true)
  })
})
