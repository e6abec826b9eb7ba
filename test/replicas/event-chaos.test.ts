import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { readEvents } from '../http/event-source.ts'
import { createEventReader, type EventReader } from '../stream/event-reader.ts'
import { dumpRows } from '../stream/run-writer.ts'
import { createTestDatabase } from '../support/database.ts'
import { drained } from '../support/drained.ts'
import { type ServeProcess, startServe } from '../support/serve-process.ts'

const writingMs = 8_000
const patienceMs = 60_000
const runs = 6

const uuidOf = (traceId: string): string => traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
const string = (key: string, stringValue: string) => ({ key, value: { stringValue } })

/** Spans of a run whose steps come late, out of order and twice, so that rows are added, changed, moved and taken away. */
const spanOf = (traceId: string, n: number, version: number): object => {
  const time = BigInt(Date.UTC(2026, 0, 3)) * 1_000_000n + BigInt((n * 7_919) % 1_000) * 1_000_000n
  const isCall = n % 3 === 1
  return {
    traceId,
    spanId: (n + 1).toString(16).padStart(16, '0'),
    name: `step ${n}`,
    startTimeUnixNano: String(time),
    endTimeUnixNano: String(time + BigInt(1_000 * (1 + version))),
    attributes: isCall
      ? [
          string('gen_ai.operation.name', 'execute_tool'),
          string('gen_ai.tool.name', 'look'),
          string('gen_ai.tool.call.result', `${version}`),
        ]
      : [string('agent.step.type', 'thought'), string('agent.step.content', JSON.stringify({ text: `text ${n} ${version}` }))],
  }
}

describe('the events of all runs', () => {
  it('leave a reader that is cut off at random with exactly the rows, while two servers write and one is killed', async function () {
    this.timeout(180_000)
    const database = await createTestDatabase()
    const environment = { RUNLEDGER_GRACE: '300ms', RUNLEDGER_LOG_LEVEL: 'info' }
    const servers: ServeProcess[] = await Promise.all([startServe(database.url, environment), startServe(database.url, environment)])
    const traces = Array.from({ length: runs }, () => randomBytes(16).toString('hex'))
    const url = (n: number): string => servers[n % servers.length]?.api ?? ''
    const reader = createChaosClient(url)
    try {
      const reading = reader.run()
      const writing = write(traces, url)
      await pause(writingMs / 2)
      const killed = servers.pop()
      await killed?.stop('SIGKILL')
      servers.push(await startServe(database.url, environment))
      await writing
      await drained(database.db)
      const expected = await Promise.all(traces.map(trace => dumpRows(database.db, uuidOf(trace))))
      assert.ok(
        expected.every(run => Object.keys(run.steps).length > 20),
        'there is something to hold',
      )
      await reader.until(() => traces.every((trace, n) => isSame(reader.held(uuidOf(trace)), expected[n])), patienceMs)
      reader.stop()
      await reading
      for (const [n, trace] of traces.entries()) assert.deepEqual(reader.held(uuidOf(trace)), expected[n])
      console.log(`      cut off ${reader.cuts()} times, ${reader.events()} events`)
      assert.ok(reader.cuts() > 5, 'the reader was cut off')
    } finally {
      reader.stop()
      await Promise.all(servers.map(server => server.stop('SIGTERM')))
      await database.drop()
    }
  })
})

const isSame = (a: unknown, b: unknown): boolean => {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}

/** Sends until the time is over, to both servers; what one does not take goes to the other, as a Collector would do. */
const write = async (traces: readonly string[], url: (n: number) => string): Promise<void> => {
  const until = Date.now() + writingMs
  for (let turn = 0; Date.now() < until; turn++) {
    const spans = traces.map((trace, n) => spanOf(trace, (turn * 7 + n) % 60, turn % 4))
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
    for (let attempt = 0; ; attempt++) {
      const isTaken = await fetch(`${url(turn + attempt)}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      }).then(
        answer => answer.ok,
        () => false,
      )
      if (isTaken) break
      await pause(20)
    }
    await pause(5)
  }
}

const createChaosClient = (url: (n: number) => string) => {
  const readers = new Map<string, EventReader>()
  let [cursor, cuts, events, stopped] = ['0', 0, 0, false]
  const readerOf = (run: string): EventReader => {
    const reader = readers.get(run) ?? createEventReader()
    readers.set(run, reader)
    return reader
  }
  const readOnce = async (): Promise<void> => {
    const gone = AbortSignal.timeout(50 + Math.floor(Math.random() * 600))
    // At an event, not only between two of them.
    let left = 1 + Math.floor(Math.random() * 300)
    for await (const { event, data, id } of readEvents(
      `${url(Math.floor(Math.random() * 2))}/api/events`,
      { 'last-event-id': cursor },
      gone,
    )) {
      if (event !== undefined) {
        assert.notEqual(
          Reflect.get(Object(data), 'run_id') ?? Reflect.get(Object(data), 'id'),
          undefined,
          `${event} of no run: the cursor was lost`,
        )
        readerOf(String(Reflect.get(Object(data), 'run_id') ?? Reflect.get(Object(data), 'id'))).apply(event, data)
        events += 1
      }
      if (id !== undefined) cursor = id
      left -= 1
      if (left === 0 || stopped) return
    }
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      await readOnce().catch((error: unknown) => {
        if (error instanceof assert.AssertionError || (error instanceof Error && error.message.startsWith('Expected'))) throw error
      })
      cuts += 1
      await pause(1)
    }
  }
  return {
    run,
    held: (id: string) => readerOf(id).held(),
    cuts: () => cuts,
    events: () => events,
    stop: () => {
      stopped = true
    },
    until: async (holds: () => boolean, ms: number): Promise<void> => {
      const deadline = Date.now() + ms
      while (!holds() && Date.now() < deadline) await pause(50)
    },
  }
}
