import type { Knex } from 'knex'

/** What a reader of all runs follows: committed changes of all runs in one order, and those that have no place in it yet. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    create table obs_untold (
      id bigint generated always as identity primary key,
      run_id uuid not null,
      revision bigint not null,
      gone boolean not null default false
    );

    create table obs_feed (
      feed bigint primary key,
      run_id uuid not null,
      since bigint not null,
      revision bigint not null,
      gone boolean not null,
      status text,
      agent_id text,
      session_id text
    );
    create index obs_feed_run on obs_feed (run_id, feed);
  `)
}

/** Drops what `up` has made: readers begin anew. */
export const down = async (knex: Knex): Promise<void> => {
  await knex.raw('drop table obs_feed, obs_untold')
}
