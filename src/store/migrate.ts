import type { Knex } from 'knex'
import { migrations } from '../../migrations/index.ts'

type Named = (typeof migrations)[number]

/** The migrations as knex takes them: listed by us, so that they run unbuilt, built and bundled alike. */
export const migrationConfig: Knex.MigratorConfig = {
  tableName: 'obs_migrations',
  migrationSource: {
    getMigrations: async () => [...migrations],
    getMigrationName: (named: Named) => named.name,
    getMigration: async (named: Named) => named.migration,
  } satisfies Knex.MigrationSource<Named>,
}

/** One number for all runledgers of an instance; the schema's hash keeps two schemas apart. */
const lockSql = `select pg_advisory_xact_lock(hashtextextended('runledger migrate ' || current_schema(), 0))`

/**
 * Brings the schema up to date. Safe to run on several servers at once: one does the work, the others wait for it and find
 * nothing to do. (Knex's own lock table makes the second one fail instead, and stays locked when its owner is killed.)
 */
export const migrate = async (db: Knex): Promise<void> => {
  await db.transaction(async trx => {
    await trx.raw(lockSql)
    await trx.migrate.latest({ ...migrationConfig, disableTransactions: true, disableMigrationsListValidation: true })
    await trx.raw('select 1')
  })
}

/** Takes the last batch of migrations back, with the data of their tables. */
export const rollback = async (db: Knex): Promise<void> => {
  await db.migrate.rollback(migrationConfig)
}

export type SchemaState = 'ready' | 'missing' | 'older' | 'newer'

/** How the schema stands to this program. Throws when the database can't be asked. */
export const schemaState = async (db: Knex): Promise<SchemaState> => {
  const { rows } = await db.raw<{ rows: { there: string | null }[] }>(`select to_regclass('obs_migrations')::text as there`)
  if (rows[0]?.there == null) return 'missing'
  const done = new Set(await db('obs_migrations').pluck<string[]>('name'))
  const ours = migrations.map(m => m.name)
  if ([...done].some(name => !ours.includes(name))) return 'newer'
  return ours.every(name => done.has(name)) ? 'ready' : 'older'
}
