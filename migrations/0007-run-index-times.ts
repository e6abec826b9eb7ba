import type { Knex } from 'knex'

/** A statement each, so that none takes longer than statements may. */
const rowsABatch = 10_000

const fillSql = `
  with batch as (
    select x.run_id from obs_run_index as x where x.run_id > ?::uuid order by x.run_id limit ${rowsABatch}
  ), filled as (
    update obs_run_index as x set created_at = r.created_at
    from batch as b join obs_runs as r on r.id = b.run_id where x.run_id = b.run_id
  )
  select b.run_id from batch as b order by b.run_id desc limit 1`

/** Lists that are filtered by obs_run_index are walked in it as well, newest first, without a look at each run. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw('alter table obs_run_index add column created_at timestamptz')
  let last: string | undefined = '00000000-0000-0000-0000-000000000000'
  while (last !== undefined) {
    const filled: { readonly rows: readonly { readonly run_id: string }[] } = await knex.raw(fillSql, [last])
    last = filled.rows[0]?.run_id
  }
  await knex.raw('alter table obs_run_index alter column created_at set not null')
  await knex.raw('create index obs_run_index_newest on obs_run_index (created_at desc, run_id desc)')
}

/** Drops what `up` has made. */
export const down = async (knex: Knex): Promise<void> => {
  await knex.raw('alter table obs_run_index drop column created_at')
}
