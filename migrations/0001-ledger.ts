import type { Knex } from 'knex'

/** The tables of architecture.md section 3: inbox, journal and groups, projections and rows. */
export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    create table obs_inbox (
      id bigint generated always as identity primary key,
      signal text not null check (signal in ('traces', 'logs')),
      content_type text not null check (content_type in ('protobuf', 'json')),
      content_encoding text not null check (content_encoding in ('identity', 'gzip', 'zstd')),
      format smallint not null,
      items integer not null check (items >= 0),
      refused integer[] not null default '{}',
      received_at timestamptz not null default clock_timestamp(),
      attempts smallint not null default 0,
      payload bytea not null
    );
    alter table obs_inbox alter column payload set storage external;

    create sequence obs_facts_version;

    create table obs_groups (
      group_id uuid primary key,
      cluster_id uuid not null,
      facts_version bigint not null,
      spans bigint not null default 0,
      bytes bigint not null default 0,
      first_day date not null,
      last_fact_at timestamptz not null,
      deleted_at timestamptz
    );
    create index obs_groups_cluster on obs_groups (cluster_id);

    create table obs_dirty (
      group_id uuid not null,
      facts_version bigint not null,
      marked_at timestamptz not null default clock_timestamp(),
      primary key (group_id, facts_version)
    );

    create table obs_projections (
      group_id uuid primary key,
      projected_version bigint not null default 0,
      commits bigint not null default 0,
      lease_until timestamptz,
      lease_owner uuid,
      due_at timestamptz,
      runs integer not null default 0,
      waits text check (waits in ('quiet', 'idle')),
      parked text,
      parked_at timestamptz,
      mapping integer not null default 0,
      decisions jsonb not null default '{}'
    );
    create index obs_projections_waits on obs_projections (waits) where waits is not null;

    create table obs_folds (
      group_id uuid primary key,
      due_at timestamptz not null
    );
    create index obs_folds_due on obs_folds (due_at);

    create table obs_links (
      link uuid primary key,
      kind text not null check (kind in ('run', 'conversation')),
      groups integer not null default 0
    );
    create table obs_group_links (
      link uuid not null,
      group_id uuid not null,
      closed boolean not null default false,
      primary key (link, group_id)
    );
    create index obs_group_links_group on obs_group_links (group_id);

    create table obs_journal (
      group_id uuid not null,
      day date not null,
      part bigint not null,
      signal text not null check (signal in ('traces', 'logs')),
      encoding text not null check (encoding in ('identity', 'zstd')),
      items integer not null,
      received_at timestamptz not null,
      payload bytea not null,
      primary key (group_id, day, part)
    );
    alter table obs_journal alter column payload set storage external;

    create table obs_runs (
      id uuid primary key,
      agent_id text not null,
      task_input jsonb,
      status text not null check (status in ('pending', 'running', 'completed', 'failed', 'cancelled')),
      created_at timestamptz not null,
      updated_at timestamptz not null default now(),
      metadata jsonb not null default '{}',
      ended_at timestamptz,
      session_id text,
      cluster_id uuid not null,
      settled_at timestamptz,
      revision bigint not null,
      digest bytea not null,
      steps integer not null default 0,
      errors integer not null default 0,
      artifacts integer not null default 0,
      gaps integer not null default 0,
      input_tokens bigint,
      output_tokens bigint,
      cost double precision
    );
    create index obs_runs_newest on obs_runs (created_at desc, id desc);
    create index obs_runs_cluster on obs_runs (cluster_id);

    create table obs_steps (
      id uuid not null,
      run_id uuid not null references obs_runs (id) on delete cascade,
      sequence integer not null check (sequence >= 0),
      type text not null check (type in ('thought', 'tool_call', 'tool_result', 'error', 'plan_update')),
      content jsonb not null,
      timestamp timestamptz not null,
      timestamp_unix_nano bigint,
      latency_ms double precision,
      emitted_sequence integer,
      trace_id text,
      span_id text,
      parent_step_id uuid,
      agent jsonb,
      attributes jsonb not null default '{}',
      digest bytea not null,
      added bigint not null,
      changed bigint not null,
      revision bigint not null,
      primary key (run_id, id),
      unique (run_id, sequence) deferrable initially immediate
    );
    alter table obs_steps set (toast_tuple_target = 8160);
    create index obs_steps_revision on obs_steps (run_id, revision);

    create table obs_artifacts (
      id uuid not null,
      run_id uuid not null,
      step_id uuid not null,
      role text not null,
      path text not null,
      mime_type text,
      size_bytes bigint,
      sha256 text,
      digest bytea not null,
      added bigint not null,
      changed bigint not null,
      revision bigint not null,
      primary key (run_id, id),
      foreign key (run_id, step_id) references obs_steps (run_id, id) on delete cascade
    );
    create index obs_artifacts_step on obs_artifacts (run_id, step_id);

    create table obs_removed (
      run_id uuid not null,
      kind text not null check (kind in ('step', 'artifact')),
      id uuid not null,
      revision bigint not null,
      primary key (run_id, kind, id)
    );
    create table obs_gone_runs (
      id uuid primary key,
      revision bigint not null,
      moved_to uuid,
      deleted boolean not null default false,
      gone_at timestamptz not null default now()
    );
    create table obs_run_aliases (
      alias uuid primary key,
      run_id uuid not null
    );
    create index obs_run_aliases_run on obs_run_aliases (run_id);

    create table obs_quarantine (
      id bigint generated always as identity primary key,
      digest bytea not null unique,
      signal text not null,
      reason text not null,
      trace_id text,
      group_id uuid,
      payload bytea not null,
      first_at timestamptz not null default clock_timestamp(),
      last_at timestamptz not null default clock_timestamp(),
      times integer not null default 1
    );
    create index obs_quarantine_group on obs_quarantine (group_id) where group_id is not null;

    create table obs_receivers (
      id uuid primary key,
      started_at timestamptz not null,
      beat_at timestamptz not null,
      stretch_from timestamptz not null
    );
  `)
}

/** Drops everything `up` has made, with its data. */
export const down = async (knex: Knex): Promise<void> => {
  await knex.raw(`
    drop table obs_receivers, obs_quarantine, obs_run_aliases, obs_gone_runs, obs_removed, obs_artifacts, obs_steps, obs_runs,
      obs_journal, obs_group_links, obs_links, obs_folds, obs_projections, obs_dirty, obs_groups, obs_inbox;
    drop sequence obs_facts_version;
  `)
}
