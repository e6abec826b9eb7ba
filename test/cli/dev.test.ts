import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { DevFile } from '../../src/cli/dev-file.ts'

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli.ts')
const startMs = 60_000

type Running = { readonly child: ChildProcess; readonly output: () => string; readonly exited: Promise<number | null> }

/** A test that fails leaves none of them behind. */
const children = new Set<ChildProcess>()

const run = (args: readonly string[], environment: Readonly<Record<string, string>>): Running => {
  const child = spawn(process.execPath, [cli, ...args], { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment } })
  children.add(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()))
  return { child, output: () => output, exited: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null)) }
}

const until = async (says: RegExp, { child, output }: Running): Promise<void> => {
  const deadline = Date.now() + startMs
  while (!says.test(output())) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Expected ${says}, got:\n${output()}`)
    await sleep(50)
  }
}

describe('runledger dev', function () {
  this.timeout(startMs * 2)
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-dev-'))
    chmodSync(folder, 0o755)
  })
  afterEach(async () => {
    const alive = [...children].filter(child => child.exitCode === null && child.signalCode === null)
    children.clear()
    const gone = alive.map(child => once(child, 'exit'))
    for (const child of alive) child.kill('SIGTERM')
    await Promise.all(gone)
    rmSync(folder, { recursive: true, force: true })
  })
  const environment = () => ({ RUNLEDGER_DATA_DIR: folder, PORT: '0', RUNLEDGER_INGEST_PORT: '0' })

  it('shows a demo run it has read back, can be found by dev.json while it runs, and leaves nothing running', async () => {
    const running = run(['dev'], environment())
    await until(/Ctrl-C/, running)
    assert.match(running.output(), /weather-agent: completed, 9 steps, 1 artifact/)
    const file = DevFile.parse(JSON.parse(readFileSync(join(folder, 'dev.json'), 'utf8')))
    assert.equal(file.pid, running.child.pid)
    assert.equal(statSync(join(folder, 'dev.json')).mode & 0o777, 0o600)
    assert.equal((await fetch(`${file.api}/readyz`)).status, 200)
    const client = new pg.Client({ connectionString: file.database })
    client.on('error', () => {})
    await client.connect()
    assert.deepEqual((await client.query('select count(*)::int as runs from obs_runs')).rows, [{ runs: 1 }])
    await client.end()
    running.child.kill('SIGTERM')
    assert.equal(await running.exited, 0)
    assert.equal(existsSync(join(folder, 'dev.json')), false)
    await assert.rejects(() => new pg.Client({ connectionString: file.database }).connect())
  })

  it('goes on where it was after kill -9', async () => {
    const killed = run(['dev', '--no-demo'], environment())
    await until(/Ctrl-C/, killed)
    killed.child.kill('SIGKILL')
    await killed.exited
    const next = run(['dev', '--no-demo'], environment())
    await until(/Ctrl-C/, next)
    next.child.kill('SIGINT')
    assert.equal(await next.exited, 0)
  })

  it('ends where a chosen OTLP port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = String(typeof address === 'object' ? address?.port : 0)
    const running = run(['dev', '--no-demo'], { ...environment(), RUNLEDGER_INGEST_PORT: port })
    assert.equal(await running.exited, 1)
    assert.match(running.output(), /EADDRINUSE/)
    other.close()
  })
})

describe('runledger serve', () => {
  it('names both ways to a database when it has none', async () => {
    const running = run(['serve'], {})
    assert.equal(await running.exited, 3)
    assert.match(running.output(), /DATABASE_URL is not set.*runledger dev/)
  })

  it('refuses to be open to other machines without tokens', async () => {
    const running = run(['dev', '--no-demo'], { HOST: '0.0.0.0', DATABASE_URL: 'postgres://127.0.0.1:1/none' })
    assert.equal(await running.exited, 3)
    assert.match(running.output(), /RUNLEDGER_ALLOW_OPEN/)
  })
})
