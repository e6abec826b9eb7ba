import type { Knex } from 'knex'
import { readSettings } from './src/config.ts'
import { migrationConfig } from './src/store/migrate.ts'

const { databaseUrl, dbSchema } = readSettings(process.env)

/** For the `knex` command line, on the database of DATABASE_URL. */
const config: Knex.Config = {
  client: 'pg',
  connection: databaseUrl ?? '',
  ...(dbSchema === undefined ? {} : { searchPath: [dbSchema] }),
  migrations: migrationConfig,
}

export default config
