import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { eventData } from '../../src/model/event.ts'
import { createRunWriter, type WrittenStep } from '../stream/run-writer.ts'
import { testApi } from './api-server.ts'
import { openSource } from './event-source.ts'

const step = (sequence: number, text = `text ${sequence}`): WrittenStep => ({ id: randomUUID(), sequence, text })
const names = (events: readonly { readonly event: string }[]): string[] => events.map(({ event }) => event)

describe('GET /api/runs/:id/events', () => {
  const api = testApi({ limits: { heartbeatMs: 200, stalledMs: 400, maxReaders: 3, maxReadersPerClient: 2 } })
  const urlOf = (run: string): string => `${api.url}/api/runs/${run}/events`
  const newRun = async (...steps: readonly WrittenStep[]) => {
    const writer = createRunWriter(api.db, randomUUID())
    await writer.commit({ steps })
    return writer
  }

  it('tells all there is, then what comes, woken at once and with the payload of the model', async () => {
    const first = step(0)
    const writer = await newRun(first)
    const source = await openSource(urlOf(writer.id))
    assert.equal(source.response.headers.get('content-type'), 'text/event-stream')
    assert.deepEqual(names(await source.until('run.updated')), ['step.added', 'run.updated'])
    const second = step(1)
    const revision = await writer.commit({ steps: [first, second] })
    const from = performance.now()
    api.stream.changed([{ run: writer.id, revision }])
    const events = await source.until('run.updated')
    assert.ok(performance.now() - from < 150, 'it does not wait for the next look')
    assert.deepEqual(
      events.map(({ event, id }) => [event, id]),
      [
        ['step.added', undefined],
        ['run.updated', 2],
      ],
    )
    assert.deepEqual(eventData['step.added'].parse(events[0]?.data), events[0]?.data)
    assert.deepEqual(eventData['run.updated'].parse(events[1]?.data), events[1]?.data)
    source.close()
  })

  it('finds what another replica has committed by looking', async () => {
    const writer = await newRun(step(0))
    const source = await openSource(urlOf(writer.id))
    await source.until('run.updated')
    await writer.commit({ steps: [] })
    assert.ok(names(await source.until('run.updated')).includes('step.removed'))
    source.close()
  })

  it('resumes behind Last-Event-ID', async () => {
    const [first, second] = [step(0), step(1)]
    const writer = await newRun(first)
    await writer.commit({ steps: [first, second] })
    const source = await openSource(urlOf(writer.id), { 'last-event-id': '1' })
    const events = await source.until('run.updated')
    assert.deepEqual(
      events.map(({ event, data }) => [event, Reflect.get(Object(data), 'step_id')]),
      [
        ['step.added', second.id],
        ['run.updated', undefined],
      ],
    )
    source.close()
  })

  it('sets the cursor to 0 before the first revision, so that who is cut off in it is reset', async () => {
    const writer = await newRun(step(0))
    const source = await openSource(urlOf(writer.id))
    await source.until('run.updated')
    assert.match(source.raw(), /^retry: \d+\nid: 0\n\n/)
    source.close()
  })

  it('leaves the cursor of who resumes as it is until there is news', async () => {
    const first = step(0)
    const writer = await newRun(first)
    const source = await openSource(urlOf(writer.id), { 'last-event-id': '1' })
    await writer.commit({ steps: [first, step(1)] })
    await source.until('run.updated')
    assert.match(source.raw(), /^retry: \d+\n\n/)
    assert.doesNotMatch(source.raw(), /^id: [^2]/m)
    source.close()
  })

  for (const cursor of ['0', '-1', '7', '99999999999999999999', 'abc', '1 or 1=1', '1e3'])
    it(`answers the cursor ${cursor}, which the run never had, with a reset and everything`, async () => {
      const writer = await newRun(step(0))
      const source = await openSource(urlOf(writer.id), { 'last-event-id': cursor })
      assert.deepEqual(names(await source.until('run.updated')), ['reset', 'step.added', 'run.updated'])
      source.close()
    })

  it('gives the same as lines of JSON', async () => {
    const writer = await newRun(step(0))
    const gone = new AbortController()
    const response = await fetch(urlOf(writer.id), { headers: { accept: 'application/x-ndjson' }, signal: gone.signal })
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
    const chunk = await response.body?.getReader().read()
    const lines = new TextDecoder().decode(chunk?.value).trim().split('\n')
    const first: unknown = JSON.parse(lines[0] ?? '')
    assert.deepEqual(Object.keys(Object(first)), ['event', 'data'])
    gone.abort()
  })

  it('sends comments while nothing happens', async () => {
    const writer = await newRun(step(0))
    const source = await openSource(urlOf(writer.id))
    await source.until('run.updated')
    await pause(500)
    await writer.commit({ steps: [] })
    await source.until('run.updated')
    assert.match(source.raw(), /: heartbeat\n\n/)
    source.close()
  })

  it('says where a run went and ends; who comes back is told to stay away', async () => {
    const writer = await newRun(step(0))
    const source = await openSource(urlOf(writer.id))
    await source.until('run.updated')
    const to = randomUUID()
    const revision = await writer.vanish(to)
    api.stream.changed([{ run: writer.id, revision }])
    assert.deepEqual(await source.until('run.moved'), [{ event: 'run.moved', data: { run_id: writer.id, moved_to: to }, id: 2 }])
    await source.ended()
    const again = await openSource(urlOf(writer.id), { 'last-event-id': '2' })
    assert.equal(again.response.status, 204)
  })

  it('knows no run that is not there', async () => {
    const { response } = await openSource(urlOf(randomUUID()))
    assert.equal(response.status, 404)
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
  })

  it('takes so many readers of an address and no more, and counts those out that leave', async () => {
    const writer = await newRun(step(0))
    const open = [await openSource(urlOf(writer.id)), await openSource(urlOf(writer.id))]
    const refused = await openSource(urlOf(writer.id))
    assert.equal(refused.response.status, 429)
    assert.match(refused.response.headers.get('retry-after') ?? '', /^[1-5]$/)
    for (const source of open) source.close()
    await pause(50)
    const later = await openSource(urlOf(writer.id))
    assert.equal(later.response.status, 200)
    later.close()
    await pause(20)
  })

  it('drops a reader that takes nothing, and holds little for it', async () => {
    const writer = await newRun(...Array.from({ length: 400 }, (_, n) => step(n, 'x'.repeat(60_000))))
    const socket = connect(api.port, '127.0.0.1')
    socket.write(`GET /api/runs/${writer.id}/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
    socket.pause()
    await pause(1_500)
    const closed = once(socket, 'close')
    socket.on('error', () => undefined)
    socket.resume()
    await closed
    assert.ok(socket.bytesRead < 24_000_000, 'the stream was cut before its end')
  })

  it('ends when the server stops', async () => {
    const writer = await newRun(step(0))
    const source = await openSource(urlOf(writer.id))
    await source.until('run.updated')
    api.stream.stop()
    await source.ended()
  })
})
