import type { Knex } from 'knex'

/** What artifacts hold, as far as it came with them: once a run by its digest, and gone with the run. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    create table obs_artifact_contents (
      run_id uuid not null references obs_runs (id) on delete cascade,
      sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
      bytes bytea not null check (octet_length(bytes) <= 65536),
      primary key (run_id, sha256)
    )`)
}

export const down = async (knex: Knex): Promise<void> => {
  await knex.raw('drop table obs_artifact_contents')
}
