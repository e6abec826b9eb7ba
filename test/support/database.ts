import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { startEmbedded } from '../../src/embedded/index.ts'
import { createDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'

export type TestDatabase = { readonly url: string; readonly db: Knex }

type Server = { readonly url: string; readonly template: string; readonly stop: () => Promise<void> }

const poolSize = 10
const statementTimeoutMs = 30_000
const startMs = 60_000

let server: Promise<Server> | undefined
let count = 0

/**
 * A migrated database of its own for the `describe` that calls it, there from its first `before` to its last `after`. On
 * the embedded Postgres, which starts when the first test asks and stops with mocha, or on the server that
 * `RUNLEDGER_TEST_DATABASE_URL` names.
 */
export const testDatabase = (): TestDatabase => {
  let current: (TestDatabase & { readonly drop: () => Promise<void> }) | undefined
  const there = (): TestDatabase => {
    if (current === undefined) throw new Error('Expected the test database to be used inside a test or hook of its describe')
    return current
  }
  before(async function () {
    this.timeout(startMs)
    current = await createTestDatabase()
  })
  after(async function () {
    this.timeout(startMs)
    await current?.drop()
    current = undefined
  })
  return {
    get url() {
      return there().url
    },
    get db() {
      return there().db
    },
  }
}

/** The same without hooks, for a test that manages its own life. */
export const createTestDatabase = async (): Promise<TestDatabase & { readonly drop: () => Promise<void> }> => {
  server ??= startServer()
  const { url, template } = await server
  count += 1
  const name = `${template}_${count}`
  await administer(url, `create database ${name} template ${template}`)
  const own = databaseUrl(url, name)
  const db = open(own)
  const drop = async () => {
    await db.destroy()
    await administer(url, `drop database if exists ${name} with (force)`)
  }
  return { url: own, db, drop }
}

const startServer = async (): Promise<Server> => {
  const given = process.env['RUNLEDGER_TEST_DATABASE_URL']
  const { url, stop } = given === undefined ? await startTemporary() : { url: given, stop: async () => {} }
  const template = `runledger_test_${process.pid}_${Date.now().toString(36)}`
  await administer(url, `create database ${template}`)
  const db = open(databaseUrl(url, template))
  await migrate(db)
  await db.destroy()
  return { url, template, stop: () => administer(url, `drop database if exists ${template} with (force)`).finally(stop) }
}

const startTemporary = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-test-'))
  if (process.getuid?.() === 0) chmodSync(folder, 0o755)
  const embedded = await startEmbedded(folder)
  const stop = async () => {
    await embedded.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { url: embedded.url, stop }
}

const open = (url: string): Knex => createDatabase({ url, pool: poolSize, statementTimeoutMs, applicationName: 'runledger test' })

const administer = async (url: string, sql: string): Promise<void> => {
  const db = open(url)
  try {
    await db.raw(sql)
  } finally {
    await db.destroy()
  }
}

const databaseUrl = (url: string, name: string): string => {
  const parsed = new URL(url)
  parsed.pathname = `/${name}`
  return parsed.href
}

/** Called once, when all tests are done. */
export const stopTestServer = async (): Promise<void> => {
  await (await server)?.stop()
  server = undefined
}
