import type { Knex } from 'knex'
import { readSettings, type Settings } from '../config.ts'
import { createDatabase } from '../store/database.ts'
import { schemaState } from '../store/migrate.ts'
import { findDev } from './client.ts'
import { ExitError } from './exit.ts'

const statementTimeoutMs = 120_000

/**
 * Hands `work` the database of DATABASE_URL, or that of the running `dev`, and closes it. Throws ExitError where there is
 * none, or where its schema is not this program's.
 */
export const withLedger = async <T>(work: (db: Knex, settings: Settings) => Promise<T>): Promise<T> => {
  const settings = readSettings(process.env)
  const url = settings.databaseUrl ?? findDev(settings.dataDir)?.database
  if (url === undefined) throw new ExitError('usage', 'DATABASE_URL is not set, and no `runledger dev` is running')
  const schema = settings.dbSchema === undefined ? {} : { schema: settings.dbSchema }
  const db = createDatabase({ url, ...schema, pool: 4, statementTimeoutMs, applicationName: 'runledger cli' })
  try {
    const state = await schemaState(db).catch((cause: unknown) => {
      throw new ExitError('unreachable', `The database does not answer: ${cause instanceof Error ? cause.message : String(cause)}`)
    })
    if (state !== 'ready') throw new ExitError('usage', `The schema is ${state}: run \`runledger migrate\` of the version that serves it`)
    return await work(db, settings)
  } finally {
    await db.destroy()
  }
}
