import type { Knex } from 'knex'

/** Lists that are filtered by obs_run_index are walked in it as well, newest first, without a look at each run. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    alter table obs_run_index add column created_at timestamptz;
    update obs_run_index as x set created_at = r.created_at from obs_runs as r where r.id = x.run_id;
    alter table obs_run_index alter column created_at set not null;
    create index obs_run_index_newest on obs_run_index (created_at desc, run_id desc);
  `)
}

/** Drops what `up` has made. */
export const down = async (knex: Knex): Promise<void> => {
  await knex.raw('alter table obs_run_index drop column created_at')
}
