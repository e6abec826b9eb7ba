import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Run } from '../../src/model/run.ts'
import { stampFeed, trimFeed } from '../../src/store/feed.ts'
import { createEventReader } from '../stream/event-reader.ts'
import { createRunWriter, dumpRows, type Edit, type RunWriter, type WrittenStep } from '../stream/run-writer.ts'
import { testApi } from './api-server.ts'
import { openSource, type Received, type TestSource } from './event-source.ts'

const step = (sequence: number, text = `text ${sequence}`): WrittenStep => ({ id: randomUUID(), sequence, text })
const told = (events: readonly Received[]): string[] => events.map(({ event, data }) => `${event} ${runOf(data)}`)
const runOf = (data: unknown): string => String(Reflect.get(Object(data), 'run_id') ?? Reflect.get(Object(data), 'id') ?? '')

describe('GET /api/events', () => {
  const api = testApi({ limits: { heartbeatMs: 100, stalledMs: 400 } })
  const open = (query = '', headers: Readonly<Record<string, string>> = {}): Promise<TestSource> =>
    openSource(`${api.url}/api/events${query}`, headers)
  const stamp = async (): Promise<number> => {
    const { head } = await stampFeed(api.db)
    api.stream.fed(head)
    return head
  }
  const commit = async (writer: RunWriter, edit: Edit): Promise<number> => {
    await writer.commit(edit)
    return stamp()
  }
  const newRun = async (edit: Edit = { steps: [step(0)] }) => {
    const writer = createRunWriter(api.db, randomUUID())
    await commit(writer, edit)
    return writer
  }

  it('begins with now, says from where, and tells what comes of every run, each change with its place', async () => {
    const old = await newRun()
    const head = await stamp()
    const source = await open()
    const [first, second] = [await newRun(), await newRun()]
    await commit(old, { steps: [] })
    const events = [...(await source.until('run.updated')), ...(await source.until('run.updated')), ...(await source.until('run.updated'))]
    assert.match(source.raw(), new RegExp(`^retry: \\d+\\nid: ${head}\\n\\n`))
    assert.deepEqual(told(events), [
      `step.added ${first.id}`,
      `run.updated ${first.id}`,
      `step.added ${second.id}`,
      `run.updated ${second.id}`,
      `step.removed ${old.id}`,
      `run.updated ${old.id}`,
    ])
    assert.deepEqual(
      events.flatMap(({ id }) => id ?? []),
      [head + 1, head + 2, head + 3],
    )
    source.close()
  })

  it('resumes behind Last-Event-ID or `after`, and tells nothing twice', async () => {
    const cursor = await stamp()
    const [first, second] = [await newRun(), await newRun()]
    for (const source of [await open('', { 'last-event-id': `${cursor}` }), await open(`?after=${cursor}`)]) {
      const events = await source.until('run.updated')
      assert.deepEqual(told(events), [`step.added ${first.id}`, `run.updated ${first.id}`])
      assert.deepEqual(told(await source.until('run.updated')), [`step.added ${second.id}`, `run.updated ${second.id}`])
      source.close()
    }
    const resumed = await open('', { 'last-event-id': `${cursor + 1}` })
    assert.deepEqual(told(await resumed.until('run.updated')), [`step.added ${second.id}`, `run.updated ${second.id}`])
    resumed.close()
  })

  it('tells the runs that match, whole when they come in, and once more when they leave', async () => {
    const first = step(0)
    const run = await newRun({ steps: [first], status: 'running' })
    const source = await open('?status=failed')
    await newRun()
    await commit(run, { steps: [first, step(1)], status: 'failed' })
    assert.deepEqual(told(await source.until('run.updated')), [
      `reset ${run.id}`,
      `step.added ${run.id}`,
      `step.added ${run.id}`,
      `run.updated ${run.id}`,
    ])
    await commit(run, { steps: [first], status: 'completed' })
    assert.deepEqual(told(await source.until('run.updated')), [`step.removed ${run.id}`, `run.updated ${run.id}`])
    await commit(run, { steps: [], status: 'completed' })
    await commit(run, { steps: [first], status: 'failed' })
    assert.deepEqual(told(await source.until('run.updated')), [`reset ${run.id}`, `step.added ${run.id}`, `run.updated ${run.id}`])
    source.close()
  })

  it('filters by agent and run, and leaves out the kinds that were not asked for', async () => {
    const cursor = await stamp()
    await newRun({ steps: [step(0)], agent: 'one' })
    const other = await newRun({ steps: [step(0)], agent: 'two' })
    const byAgent = await open(`?agent=two&kinds=run&after=${cursor}`)
    assert.deepEqual(told(await byAgent.until('run.updated')), [`run.updated ${other.id}`])
    const byRun = await open(`?run=${other.id.toUpperCase()}&kinds=step,artifact&after=${cursor}`)
    assert.deepEqual(told(await byRun.until('step.added')), [`step.added ${other.id}`])
    byAgent.close()
    byRun.close()
  })

  it('moves the cursor of a reader for whom there is nothing', async () => {
    const source = await open('?agent=nobody')
    await newRun()
    const head = await stamp()
    const last = await open(`?after=${head}`)
    await newRun({ steps: [], agent: 'nobody' })
    await source.until('run.updated')
    await last.until('run.updated')
    assert.match(source.raw(), new RegExp(`: heartbeat\\nid: ${head}\\n\\n|id: ${head + 1}\\n`))
    source.close()
    last.close()
  })

  it('says where a run went, and begins anew with one that came back', async () => {
    const first = step(0)
    const run = await newRun({ steps: [first] })
    const cursor = await stamp()
    const to = randomUUID()
    await run.vanish(to)
    await stamp()
    const source = await open(`?after=${cursor}`)
    assert.deepEqual(told(await source.until('run.moved')), [`run.moved ${run.id}`])
    await commit(run, { steps: [step(0)] })
    await source.until('run.updated')
    source.close()
    const late = await open(`?after=${cursor}`)
    assert.deepEqual(told(await late.until('run.updated')), [`reset ${run.id}`, `step.added ${run.id}`, `run.updated ${run.id}`])
    late.close()
  })

  for (const cursor of ['999999999999', 'abc', '-1'])
    it(`answers the cursor ${cursor}, which never was, with a reset, and goes on from now`, async () => {
      const head = await stamp()
      const source = await open('', { 'last-event-id': cursor })
      assert.deepEqual(await source.until('reset'), [{ event: 'reset', data: {}, id: head }])
      const run = await newRun()
      assert.ok(told(await source.until('run.updated')).includes(`run.updated ${run.id}`))
      source.close()
    })

  it('answers a cursor that it has forgotten with a reset', async () => {
    await newRun()
    await newRun()
    await newRun()
    const head = await stamp()
    await trimFeed(api.db, 2)
    const kept = await open(`?after=${head - 2}`)
    assert.equal((await kept.until('run.updated')).at(-1)?.id, head - 1)
    const lost = await open(`?after=${head - 3}`)
    assert.deepEqual(await lost.until('reset'), [{ event: 'reset', data: {}, id: head }])
    kept.close()
    lost.close()
  })

  it('gives the same as lines of JSON', async () => {
    const cursor = await stamp()
    const run = await newRun()
    const gone = new AbortController()
    const response = await fetch(`${api.url}/api/events?after=${cursor}`, {
      headers: { accept: 'application/x-ndjson' },
      signal: gone.signal,
    })
    const reader = response.body?.getReader()
    let text = ''
    while (text.split('\n').length < 3) text += new TextDecoder().decode((await reader?.read())?.value)
    const lines = text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson')
    assert.deepEqual(
      lines.map(line => Object.keys(Object(line))),
      [
        ['event', 'data'],
        ['event', 'id', 'data'],
      ],
    )
    assert.equal(runOf(Reflect.get(Object(lines[1]), 'data')), run.id)
    gone.abort()
  })

  for (const query of ['?kinds=', '?kinds=runs', '?run=1', '?after=-1', '?after=x', '?sort=1', '?status=done'])
    it(`refuses ${query}`, async () => {
      const { response } = await open(query)
      assert.equal(response.status, 400)
      assert.equal(response.headers.get('content-type'), 'application/problem+json')
    })

  it('leaves a reader that applies everything with exactly the rows, while runs change faster than they are told', async () => {
    const cursor = await stamp()
    const source = await open(`?after=${cursor}`)
    const writers = Array.from({ length: 5 }, () => createRunWriter(api.db, randomUUID()))
    const readers = new Map(writers.map(({ id }) => [id, createEventReader()]))
    for (let turn = 0; turn < 20; turn++) {
      const steps = Array.from({ length: 6 }, (_, n) => n).filter(n => (n + turn) % 5 !== 0)
      await Promise.all(
        writers.map(writer =>
          writer.commit({
            steps: steps.map((n, sequence) => ({ id: `00000000-0000-4000-8000-00000000000${n}`, sequence, text: `${(n * turn) % 3}` })),
          }),
        ),
      )
      await stamp()
    }
    const last = createRunWriter(api.db, randomUUID())
    await commit(last, { steps: [] })
    for (;;) {
      const [event] = (await source.until('run.updated'))
        .map(received => {
          readers.get(runOf(received.data))?.apply(received.event, received.data)
          return received
        })
        .slice(-1)
      if (event !== undefined && (event.data as Run).id === last.id) break
    }
    for (const { id } of writers) assert.deepEqual(readers.get(id)?.held(), await dumpRows(api.db, id))
    source.close()
  })
})
