import { type ChildProcess, fork, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startEmbedded } from '../src/embedded/index.ts'
import { createDatabase } from '../src/store/database.ts'
import { migrate } from '../src/store/migrate.ts'
import { fillRuns, timeLists } from './lists.ts'
import { liveLatency } from './live.ts'
import type { Order, Told } from './load.ts'
import { cpuOf, peakRssOf, percentile } from './machine.ts'
import { readersCost } from './readers.ts'
import { recopy } from './recopy.ts'
import { stepCost } from './sdk.ts'

/**
 * `npm run bench -- [--seconds N] [--json]`: what this machine does with realistic loads, each beside COPY of the very rows it made.
 * `npm run bench -- --lists N`: how long lists of N runs made by SQL take, by filter.
 * `npm run bench -- --readers`: what 200 readers of all runs' events cost who sends.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
    lists: { type: 'string' },
    readers: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const say = (text: string): void => void process.stderr.write(`${text}\n`)

type Running = { readonly process: ChildProcess; readonly pid: number; readonly api: string }

const startServer = async (database: string, more: Readonly<Record<string, string>> = {}): Promise<Running> => {
  const env = { ...process.env, DATABASE_URL: database, PORT: '0', HOST: '127.0.0.1', ...more }
  const child = spawn(process.execPath, [...(process.env['BENCH_NODE_FLAGS']?.split(' ') ?? []), 'src/cli.ts', 'serve'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines = createInterface({ input: child.stderr })
  const api = await new Promise<string>((resolve, reject) => {
    lines.on('line', line => {
      const entry = JSON.parse(line.startsWith('{') ? line : '{}')
      if (entry.msg === 'listening') resolve(entry.api)
      else if (entry.level >= 40) say(line)
    })
    child.once('exit', code => reject(new Error(`The server ended with ${code}`)))
  })
  return { process: child, pid: child.pid ?? 0, api }
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

const message = <K extends Told['kind']>(child: ChildProcess, kind: K): Promise<Extract<Told, { kind: K }>> =>
  new Promise((resolve, reject) => {
    child.on('message', (told: Told) => {
      if (told.kind === kind) resolve(told as Extract<Told, { kind: K }>)
    })
    child.once('exit', code => reject(new Error(`The load generator ended with ${code}`)))
  })

/** Resolves when everything received is in the rows. */
const visible = async (client: pg.Client): Promise<void> => {
  for (;;) {
    const { rows } = await client.query('select (select count(*) from obs_inbox) + (select count(*) from obs_dirty) as waiting')
    if (rows[0].waiting === '0') return
    await sleep(20)
  }
}

const oneLoad = async (name: string, urlOf: (database: string) => string, postmaster: number, order: Omit<Order, 'url'>, live: boolean) => {
  const admin = new pg.Client({ connectionString: urlOf('postgres') })
  await admin.connect()
  await admin.query(`create database ${name}`)
  const url = urlOf(name)
  const db = createDatabase({ url, pool: 2, statementTimeoutMs: 15_000, applicationName: 'bench' })
  await migrate(db)
  await db.destroy()
  const server = await startServer(url)
  const load = fork(new URL('./load.ts', import.meta.url))
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    say(`${name}: building ${order.requests} requests of ${order.perRequest} spans`)
    load.send({ ...order, url: server.api })
    const built = await message(load, 'built')
    say(`${name}: ${built.spans} spans of ${built.bytesASpan} B in ${built.runs} runs`)
    const before = { server: cpuOf(server.pid), postgres: cpuOf(postmaster) }
    const started = performance.now()
    load.send('go')
    const done = await message(load, 'done')
    await visible(client)
    const sustained = (performance.now() - started) / 1_000
    const after = { server: cpuOf(server.pid), postgres: cpuOf(postmaster) }
    say(`${name}: acknowledged after ${done.seconds.toFixed(2)} s, visible after ${sustained.toFixed(2)} s`)
    const copied = await recopy(url)
    say(`${name}: ${copied.rows} rows copied back in ${copied.seconds.toFixed(2)} s`)
    const latency = live
      ? await liveLatency(server.api, server.api, Math.min(built.spans / sustained / 2, 10_000), Math.min(10, seconds / 6))
      : undefined
    if (latency !== undefined) say(`${name}: ${latency.frames} steps seen live`)
    return {
      spans: built.spans,
      rows: copied.rows,
      recopy_rows_per_s: Math.round(copied.rows / copied.seconds),
      acked_spans_per_s: Math.round(built.spans / done.seconds),
      sustained_spans_per_s: Math.round(built.spans / sustained),
      acked_ratio: round(copied.seconds / done.seconds),
      sustained_ratio: round(copied.seconds / sustained),
      ack_p50_ms: round(percentile(done.latencies, 0.5)),
      ack_p99_ms: round(percentile(done.latencies, 0.99)),
      ...(latency === undefined ? {} : { sse_p50_ms: round(latency.p50), sse_p99_ms: round(latency.p99) }),
      server_us_per_span: round(((after.server - before.server) * 1e6) / built.spans),
      postgres_us_per_span: round(((after.postgres - before.postgres) * 1e6) / built.spans),
      rss_mb: peakRssOf(server.pid),
    }
  } finally {
    await client.end()
    load.kill()
    await stop(server.process)
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
}

/** Lists alone: their rows take minutes to make. */
const lists = async (count: number, urlOf: (database: string) => string): Promise<void> => {
  const url = urlOf('runledger')
  const db = createDatabase({ url, pool: 2, statementTimeoutMs: 60_000, applicationName: 'bench' })
  await migrate(db)
  await db.destroy()
  say(`making ${count} runs`)
  await fillRuns(url, count)
  const server = await startServer(url)
  try {
    const timed = await timeLists(server.api)
    if (values.json) process.stdout.write(`${JSON.stringify(timed)}\n`)
    else console.table(timed)
  } finally {
    await stop(server.process)
  }
}

/** Readers alone: what they cost is a difference of two latencies. */
const readers = async (urlOf: (database: string) => string): Promise<void> => {
  const url = urlOf('runledger')
  const db = createDatabase({ url, pool: 2, statementTimeoutMs: 60_000, applicationName: 'bench' })
  await migrate(db)
  await db.destroy()
  const server = await startServer(url, { RUNLEDGER_MAX_STREAMS_PER_CLIENT: '300' })
  try {
    const { rounds, ratios, ...cost } = await readersCost(server, seconds, say)
    const result = {
      rounds,
      reader_frames_per_s: Math.round(cost.framesPerSecond),
      ack_alone_p50_ms: round(cost.aloneMs),
      ack_beside_readers_p50_ms: round(cost.besideMs),
      ack_ratio: round(ratios.median),
      ack_ratio_quartiles: [round(ratios.low), round(ratios.high)],
      server_cores_alone: round(cost.cpuAlone),
      server_cores_beside_readers: round(cost.cpuBeside),
    }
    if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`)
    else console.table(result)
  } finally {
    await stop(server.process)
  }
}

/** Both loads, by name. */
const loads = async (urlOf: (database: string) => string, postmaster: number): Promise<void> => {
  // About 1 s of load for each 10 s of the bound at 12,000 spans a second; the rest is building, copying back and the live part.
  const requests = Math.max(20, Math.min(400, Math.round(seconds * 4)))
  const typical = await oneLoad(
    'typical',
    urlOf,
    postmaster,
    { requests, perRequest: 512, inFlight: 20, size: 500, history: 0, connections: 8 },
    true,
  )
  const heavySize = Math.min(5_000, Math.round(seconds * 84))
  const heavy = await oneLoad(
    'replayed',
    urlOf,
    postmaster,
    { requests: Math.ceil((heavySize * 20) / 512), perRequest: 512, inFlight: 20, size: heavySize, history: 50_000, connections: 8 },
    false,
  )
  const step = await stepCost()
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ ...typical, ...Object.fromEntries(Object.entries(step).map(([k, v]) => [`step_${k}`, v])), ...Object.fromEntries(Object.entries(heavy).map(([k, v]) => [`replayed_${k}`, v])) })}\n`,
    )
  else {
    console.table({ typical, replayed: heavy })
    console.table({ step })
  }
}

const round = (n: number): number => Math.round(n * 100) / 100

const directory = await mkdtemp(join(tmpdir(), 'runledger-bench-'))
const embedded = await startEmbedded(directory)
const urlOf = (database: string): string => embedded.url.replace(/\/runledger(\?|$)/, `/${database}$1`)
const postmaster = Number(readFileSync(join(embedded.data, 'postmaster.pid'), 'utf8').split('\n')[0])
try {
  if (values.readers) await readers(urlOf)
  else await (values.lists === undefined ? loads(urlOf, postmaster) : lists(Number(values.lists), urlOf))
} finally {
  await embedded.stop()
  await rm(directory, { recursive: true, force: true })
}
