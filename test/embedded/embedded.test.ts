import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { OwnedError, startEmbedded } from '../../src/embedded/index.ts'

const ask = async (url: string, sql: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql)
    return rows[0]?.answer
  } finally {
    await client.end()
  }
}

/** A process of its own that starts the Postgres of `folder`, says where it is and waits to be killed. */
const startElsewhere = async (folder: string) => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(new URL('../../src/embedded/index.ts', import.meta.url).href)}
    const { url } = await startEmbedded(${JSON.stringify(folder)})
    process.stdout.write(url)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [url] = await once(child.stdout, 'data')
  const kill = async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { url: String(url), kill }
}

describe('startEmbedded', () => {
  const folders: string[] = []
  const folder = (mode = 0o755): string => {
    const made = mkdtempSync(join(tmpdir(), 'runledger-embedded-'))
    chmodSync(made, mode)
    folders.push(made)
    return made
  }
  after(() => {
    for (const made of folders) rmSync(made, { recursive: true, force: true })
  })

  it('starts a Postgres that keeps its data, listens on no network and syncs to disk', async () => {
    const dataDir = folder()
    const first = await startEmbedded(dataDir)
    try {
      assert.equal(await ask(first.url, `select current_setting('listen_addresses') as answer`), '')
      assert.equal(await ask(first.url, `select current_setting('fsync') as answer`), 'on')
      await ask(first.url, 'create table kept as select 7 as answer')
    } finally {
      await first.stop()
      await first.stop()
    }
    const second = await startEmbedded(dataDir)
    try {
      assert.equal(await ask(second.url, 'select answer from kept'), 7)
    } finally {
      await second.stop()
    }
  })

  it('lets nobody in without the password, which nobody else can read', async () => {
    const embedded = await startEmbedded(folder())
    try {
      const wrong = new URL(embedded.url)
      wrong.password = 'guess'
      await assert.rejects(ask(wrong.href, 'select 1'), /password authentication failed/)
      const root = dirname(embedded.data)
      assert.equal(statSync(join(root, 'password')).mode & 0o777, 0o600)
      assert.equal(statSync(join(root, 'socket')).mode & 0o777, 0o700)
      assert.equal(statSync(embedded.data).mode & 0o777, 0o700)
      assert.equal(existsSync(join(root, 'data.secret')), false)
    } finally {
      await embedded.stop()
    }
  })

  it('refuses a data directory that another process works with, and names that process', async () => {
    const dataDir = folder()
    const embedded = await startEmbedded(dataDir)
    try {
      await assert.rejects(
        startEmbedded(dataDir),
        error => error instanceof OwnedError && error.message.includes(`Process ${process.pid} `),
      )
    } finally {
      await embedded.stop()
    }
  })

  it('adopts the Postgres of an owner that was killed', async () => {
    const dataDir = folder()
    const killed = await startElsewhere(dataDir)
    const before = await ask(killed.url, 'select pg_postmaster_start_time()::text as answer')
    await killed.kill()
    const embedded = await startEmbedded(dataDir)
    try {
      assert.equal(embedded.url, killed.url)
      assert.equal(await ask(embedded.url, 'select pg_postmaster_start_time()::text as answer'), before)
    } finally {
      await embedded.stop()
    }
    await assert.rejects(ask(embedded.url, 'select 1'))
  })

  it('starts where the process id of a Postgres that is gone belongs to somebody else now', async () => {
    const dataDir = folder()
    const first = await startEmbedded(dataDir)
    await first.stop()
    const stale = [process.pid, first.data, 1, 5432, join(dirname(first.data), 'socket'), '', '', 'ready'].join('\n')
    writeFileSync(join(first.data, 'postmaster.pid'), `${stale}\n`)
    const second = await startEmbedded(dataDir)
    try {
      assert.equal(await ask(second.url, 'select 1 as answer'), 1)
    } finally {
      await second.stop()
    }
  })

  it('keeps the data where the user of Postgres can get when ours is closed to it', async () => {
    const dataDir = folder(0o700)
    const embedded = await startEmbedded(dataDir)
    try {
      assert.equal(await ask(embedded.url, 'select 1 as answer'), 1)
      assert.equal(embedded.data.startsWith(dataDir), process.getuid?.() !== 0)
    } finally {
      await embedded.stop()
      if (!embedded.data.startsWith(dataDir)) rmSync(dirname(embedded.data), { recursive: true })
    }
  })

  it('refuses data of another major version and says which', async () => {
    const dataDir = folder()
    const first = await startEmbedded(dataDir)
    await first.stop()
    const version = join(first.data, 'PG_VERSION')
    const stored = readFileSync(version, 'utf8')
    writeFileSync(version, '17\n')
    await assert.rejects(startEmbedded(dataDir), /was made by Postgres 17, and this runledger brings 18/)
    writeFileSync(version, stored)
    await (await startEmbedded(dataDir)).stop()
  })

  it('says the last words of a Postgres that does not start', async () => {
    const dataDir = folder()
    const first = await startEmbedded(dataDir)
    await first.stop()
    writeFileSync(join(first.data, 'postgresql.auto.conf'), 'shared_buffers = nonsense\n')
    await assert.rejects(startEmbedded(dataDir), /did not start[\s\S]*invalid value for parameter "shared_buffers"/)
  })

  it('uses a short socket path for a long data directory', async () => {
    const dataDir = join(folder(), 'x'.repeat(120))
    const embedded = await startEmbedded(dataDir)
    const socket = new URL(embedded.url).searchParams.get('host') ?? ''
    folders.push(socket)
    try {
      assert.ok(socket.length < 100 && readdirSync(socket).includes('.s.PGSQL.5432'))
    } finally {
      await embedded.stop()
    }
  })
})
