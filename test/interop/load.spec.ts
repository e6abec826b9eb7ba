import assert from 'node:assert/strict'
import { type Load, startLoad } from './load.ts'
import { needsGo } from './needs-go.ts'
import { eventually } from './program.ts'
import { startWorld, type World } from './world.ts'

const buildMs = 20 * 60_000
const drainMs = 6 * 60_000
const runs = 250
const stepsARun = 400

describe('a Collector that keeps what runledger cannot take', () => {
  needsGo()
  let world: World
  let load: Load

  beforeEach(async function () {
    this.timeout(buildMs)
    // Small enough to be full while runledger is away.
    world = await startWorld({ collector: queueOf(this.currentTest?.title ?? '') })
  })
  afterEach(async () => {
    load?.stop()
    await world?.end()
  })

  it(`delivers ${runs * (stepsARun + 1)} spans while runledger is stopped, killed and started: none lost, none double`, async function () {
    this.timeout(buildMs)
    load = startLoad({ runs, stepsARun, characters: 200, endpoint: () => world.collector.http })
    const share = (part: number): Promise<void> =>
      eventually(() => load.sent() >= part * runs * (stepsARun + 1), `${part} of the load to be sent`, drainMs)
    await share(0.2)
    await world.endRunledger('SIGTERM')
    await share(0.4)
    await world.startRunledger()
    await share(0.6)
    await world.endRunledger('SIGKILL')
    await share(0.8)
    const atJaeger = await spansAtJaeger(world, load)
    await world.startRunledger()
    await load.done
    await isWhole(world, load)
    // Jaeger has its own queue: it went on while runledger was away.
    assert.ok(atJaeger > 0.5 * runs * (stepsARun + 1), `${atJaeger} spans were in Jaeger before runledger was back`)
  })

  it('delivers a full queue after the Collector was killed: none lost, none double', async function () {
    this.timeout(buildMs)
    await world.endRunledger('SIGTERM')
    load = startLoad({ runs: 50, stepsARun: 200, characters: 2_000, endpoint: () => world.collector.http })
    await eventually(() => load.refused() > 3, 'the queue to be full', drainMs)
    const [size = 0, capacity = 0] = [
      await world.collector.metric('otelcol_exporter_queue_size'),
      await world.collector.metric('otelcol_exporter_queue_capacity'),
    ]
    assert.ok(((await world.collector.metric('otelcol_exporter_enqueue_failed_spans')) ?? 0) > 0)
    const taken = load.sent()
    assert.ok(size > 0.8 * capacity, `${size} of ${capacity} bytes are queued`)
    await world.killCollector()
    await world.startCollector()
    await world.startRunledger()
    await load.done
    await isWhole(world, load)
    console.log(
      `    ${taken} spans (${Math.round(size / 2 ** 20)} MiB, the queue's capacity) lay in the queue when the Collector was killed`,
    )
  })
})

const queueOf = (title: string): Readonly<Record<string, string>> =>
  title.includes('full queue') ? { COLLECTOR_QUEUE_BYTES: String(8 * 2 ** 20) } : {}

const spansAtJaeger = async ({ jaeger }: World, { traces }: Load): Promise<number> => {
  let spans = 0
  for (const trace of traces) spans += (await jaeger.spans(trace)).length
  return spans
}

/** Every step that was sent is one row, in a run that ended, numbered without a hole; and Jaeger has every span. */
const isWhole = async (world: World, load: Load): Promise<void> => {
  const { db } = world
  const expected = load.steps.size
  const arrived = async (): Promise<boolean> => {
    const { rows } = await db.raw('select count(*)::int as n from obs_runs where status = ? and ended_at is not null', ['completed'])
    if (rows[0].n < load.traces.length) return false
    const waiting = await db.raw('select (select count(*) from obs_inbox) + (select count(*) from obs_dirty) as n')
    return waiting.rows[0].n === '0' && (await db('obs_steps').count({ n: '*' }).first())?.n === String(expected)
  }
  await eventually(arrived, `${expected} steps`, drainMs)
  const { rows } = await db.raw(
    `select count(*)::int as steps, count(distinct s.span_id)::int as spans, count(distinct s.run_id)::int as runs, array_agg(s.span_id) as ids,
       (select count(*)::int from (select s.run_id from obs_steps as s group by s.run_id
         having min(s.sequence) = 0 and max(s.sequence) = count(*) - 1) as whole) as numbered
     from obs_steps as s`,
  )
  const { steps, spans, runs: found, numbered, ids } = rows[0]
  const unknown = ids.filter((id: string) => !load.steps.has(id)).length
  const [traces, sent] = [load.traces.length, load.traces.length + expected]
  assert.deepEqual(
    { steps, spans, found, numbered, unknown },
    { steps: expected, spans: expected, found: traces, numbered: traces, unknown: 0 },
  )
  // What Jaeger shows twice was sent twice, on a 503 of a full queue; what it lacks was lost.
  const there = new Set<string>()
  for (const trace of load.traces) for (const span of await world.jaeger.spans(trace)) there.add(span.spanID)
  assert.equal(there.size, sent)
  console.log(
    `    ${expected} steps sent = ${steps} rows of ${spans} spans in ${found} runs without a hole; ${sent} spans sent = ${there.size} in Jaeger`,
  )
}
