import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { type Embedded, startEmbedded } from '../../src/embedded/index.ts'
import { createDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { endProcess, type ServerProcess, startServerProcess } from './processes.ts'
import { startSending } from './sender.ts'

/**
 * `npm run test:faults -- [--rounds N] [--seed N]`: under load, `kill -9` of the server or an immediate stop of Postgres at a random
 * moment. After each restart every acknowledged span must be in the rows, once.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, seed: { type: 'string' } } })
const rounds = Number(values.rounds)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const drainMs = 60_000

let state = seed
const random = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

type World = { embedded: Embedded; server: ServerProcess }

const killServer = async (world: World): Promise<void> => {
  await endProcess(world.server.child, 'SIGKILL')
  world.server = await startServerProcess(world.embedded.url)
}

// SIGQUIT to the postmaster is what `pg_ctl stop -m immediate` does: no checkpoint, recovery at the next start.
const crashPostgres = async (world: World, directory: string): Promise<void> => {
  const pid = Number(readFileSync(join(world.embedded.data, 'postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(pid, 'SIGQUIT')
  while (isAlive(pid)) await sleep(10)
  await world.embedded.stop()
  const before = world.embedded.url
  world.embedded = await startEmbedded(directory)
  if (world.embedded.url === before) return
  await endProcess(world.server.child, 'SIGKILL')
  world.server = await startServerProcess(world.embedded.url)
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until everything stored is in the rows and returns the step rows by span. */
const drained = async (url: string): Promise<ReadonlyMap<string, number>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const until = Date.now() + drainMs
    for (;;) {
      const { rows } = await client.query('select (select count(*) from obs_inbox) + (select count(*) from obs_dirty) as waiting')
      if (rows[0].waiting === '0') break
      if (Date.now() > until) throw new Error(`${rows[0].waiting} requests or groups still wait after ${drainMs} ms`)
      await sleep(50)
    }
    const { rows } = await client.query('select trace_id, span_id, count(*)::int as n from obs_steps group by 1, 2')
    return new Map(rows.map(row => [`${row.trace_id}/${row.span_id}`, row.n]))
  } finally {
    await client.end()
  }
}

const round = async (world: World, directory: string, n: number): Promise<boolean> => {
  const sender = startSending(() => world.server.api, random)
  await sleep(100 + random() * 900)
  const crashes = random() < 0.4
  await (crashes ? crashPostgres(world, directory) : killServer(world))
  await sleep(200 + random() * 400)
  await sender.stop()
  const rows = await drained(world.embedded.url)
  const lost = [...sender.acknowledged].filter(span => !rows.has(span))
  const double = [...rows.values()].filter(count => count !== 1)
  const ok = lost.length === 0 && double.length === 0 && sender.refused.length === 0 && sender.acknowledged.size > 0
  const what = crashes ? 'postgres stopped at once' : 'server killed'
  console.log(
    `${ok ? 'ok' : 'NOT OK'} ${n}: ${what}; ${sender.acknowledged.size} acknowledged, ${lost.length} lost, ${double.length} double, ${sender.refused.length} refused ${sender.refused[0] ?? ''}`,
  )
  return ok
}

const directory = await mkdtemp(join(tmpdir(), 'runledger-faults-'))
const embedded = await startEmbedded(directory)
const db = createDatabase({ url: embedded.url, pool: 2, statementTimeoutMs: 15_000, applicationName: 'runledger faults' })
await migrate(db)
await db.destroy()
const world: World = { embedded, server: await startServerProcess(embedded.url) }
let passed = 0
let failed = 0
console.log(`seed ${seed}, ${rounds} rounds`)
try {
  for (let n = 1; n <= rounds; n++) {
    if (await round(world, directory, n)) passed += 1
    else failed += 1
  }
} catch (error) {
  failed += 1
  console.error(error)
} finally {
  await endProcess(world.server.child, 'SIGTERM')
  await world.embedded.stop()
  await rm(directory, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
