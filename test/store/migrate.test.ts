import { strict as assert } from 'node:assert'
import { createDatabase } from '../../src/store/database.ts'
import { migrate, rollback, schemaState } from '../../src/store/migrate.ts'
import { testDatabase } from '../support/database.ts'

describe('migrate', () => {
  const test = testDatabase()
  const inSchema = (schema: string) =>
    createDatabase({ url: test.url, schema, pool: 2, statementTimeoutMs: 15_000, applicationName: 'test' })

  it('lets several servers migrate at once, and takes everything back', async () => {
    const [one, two] = [inSchema('shared'), inSchema('shared')]
    try {
      assert.equal(await schemaState(one), 'missing')
      await Promise.all([migrate(one), migrate(two)])
      assert.equal(await schemaState(two), 'ready')
      await rollback(one)
      assert.equal(await schemaState(two), 'older')
      assert.equal((await test.db.raw(`select to_regclass('shared.obs_runs') as there`)).rows[0].there, null)
    } finally {
      await Promise.all([one.destroy(), two.destroy()])
    }
  })

  it('knows a schema that is newer than the program', async () => {
    const db = inSchema('newer')
    try {
      await migrate(db)
      await db('obs_migrations').insert({ name: '9999-from-the-future', batch: 2, migration_time: new Date() })
      assert.equal(await schemaState(db), 'newer')
    } finally {
      await db.destroy()
    }
  })
})
