import type { Knex } from 'knex'

/**
 * What lists of runs are filtered by and what they show beside a run's own figures, filled aside from the feed. Names that
 * senders choose are cut to 200 characters: a longer index row would refuse the run (SQLSTATE 54000).
 */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    create table obs_run_index (
      run_id uuid primary key references obs_runs (id) on delete cascade,
      revision bigint not null,
      terms text[] not null,
      words tsvector not null,
      input text,
      output text,
      models text[] not null,
      tools text[] not null,
      kinds jsonb not null,
      cost double precision,
      tokens bigint,
      steps integer not null,
      errors integer not null,
      duration_ms double precision
    );
    create index obs_run_index_terms on obs_run_index using gin (terms);
    create index obs_run_index_words on obs_run_index using gin (words);
    create index obs_run_index_cost on obs_run_index (cost) where cost is not null;
    create index obs_run_index_tokens on obs_run_index (tokens) where tokens is not null;
    create index obs_run_index_steps on obs_run_index (steps);
    create index obs_run_index_errors on obs_run_index (errors) where errors > 0;
    create index obs_run_index_duration on obs_run_index (duration_ms) where duration_ms is not null;

    create table obs_run_index_place (
      one boolean primary key default true check (one),
      feed bigint not null
    );
    insert into obs_run_index_place (feed) values (0);

    create index obs_runs_agent on obs_runs (left(agent_id, 200), created_at desc, id desc);
    create index obs_runs_session on obs_runs (left(session_id, 200), created_at desc, id desc) where session_id is not null;
    create index obs_runs_status on obs_runs (status, created_at desc, id desc);
  `)
}

/** Drops what `up` has made; the next start fills it again. */
export const down = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    drop index obs_runs_agent, obs_runs_session, obs_runs_status;
    drop table obs_run_index_place, obs_run_index;
  `)
}
