import type { Knex } from 'knex'
import { inputTextSql } from './input-text.ts'
import { indexedCharacters } from './run-filter.ts'
import { stepTextSql } from './step-list.ts'

const shownCharacters = 200
/** Text of a run that is searched: the beginnings of its steps' texts. */
const wordsASearchedStep = 2_000
const searchedSteps = 500
const listedNames = 20
const termedNames = 200

/** The text of a value on one line. */
const lineSql = (text: string): string =>
  `nullif(left(btrim(regexp_replace(left(${text}, 2000), '\\s+', ' ', 'g')), ${shownCharacters}), '')`

const inputSql = inputTextSql('r.task_input')

const searchedSql = `coalesce(s.content ->> 'tool_name', '') || ' ' || ${stepTextSql}`

const indexSql = `
  insert into obs_run_index as x (run_id, revision, created_at, terms, words, input, output, models, tools, kinds, cost, tokens, steps, errors, duration_ms)
  select r.id, r.revision, r.created_at,
    array(select left(t, ${indexedCharacters}) from (
      select 'model:' || m as t from unnest(f.models) as m union select 'tool:' || t from unnest(f.tools) as t
      union select 'trace:' || t from unnest(f.traces) as t
      union select 'has:gap' where r.gaps > 0 union select 'has:artifact' where r.artifacts > 0 union select 'has:error' where r.errors > 0
      union select 'has:plan' where f.kinds \\? 'plan_update'
      union select 'has:inferred' where r.metadata #> '{runledger,status_inferred}' is not null
      union select 'has:abandoned' where r.metadata #> '{runledger,abandoned}' is not null
    ) as terms),
    to_tsvector('simple', left(coalesce(w.searched, '') || ' ' || r.agent_id || ' ' || coalesce(${inputSql}, ''), 500000)),
    ${lineSql(inputSql)}, ${lineSql('o.text')}, f.models[1:${listedNames}], f.tools[1:${listedNames}], f.kinds,
    r.cost, r.input_tokens + coalesce(r.output_tokens, 0), r.steps, r.errors,
    extract(epoch from r.ended_at - r.created_at) * 1000
  from obs_runs as r
  cross join lateral (
    select coalesce((array_agg(distinct s.attributes ->> 'model') filter (where s.attributes ->> 'model' <> ''))[1:${termedNames}], '{}') as models,
      coalesce((array_agg(distinct s.content ->> 'tool_name') filter (where s.type = 'tool_call'))[1:${termedNames}], '{}') as tools,
      coalesce((array_agg(distinct s.trace_id) filter (where s.trace_id is not null))[1:${termedNames}], '{}') as traces,
      coalesce((select jsonb_object_agg(k.type, k.n) from (select t.type, count(*) as n from obs_steps as t where t.run_id = r.id group by t.type) as k), '{}') as kinds
    from obs_steps as s where s.run_id = r.id
  ) as f
  left join lateral (
    select ${stepTextSql} as text from obs_steps as s
    where s.run_id = r.id and s.type in ('thought', 'error') and coalesce(s.content ->> 'text', s.content ->> 'message', '') <> ''
    order by s.sequence desc limit 1
  ) as o on true
  cross join lateral (
    select string_agg(left(${searchedSql}, ${wordsASearchedStep}), ' ') as searched
    from (select * from obs_steps as a where a.run_id = r.id order by a.sequence limit ${searchedSteps}) as s
  ) as w
  where r.id = any(?::uuid[])
  on conflict (run_id) do update set revision = excluded.revision, created_at = excluded.created_at, terms = excluded.terms, words = excluded.words, input = excluded.input,
    output = excluded.output, models = excluded.models, tools = excluded.tools, kinds = excluded.kinds, cost = excluded.cost,
    tokens = excluded.tokens, steps = excluded.steps, errors = excluded.errors, duration_ms = excluded.duration_ms
  where x.revision <= excluded.revision`

const runsAPass = 100

/** Indexes these runs as they are now; those that are gone are left out. */
const indexRuns = async (db: Knex, runs: readonly string[]): Promise<void> => {
  await db.raw(indexSql, [[...runs].sort()])
}

const changedSql = `
  select f.run_id, max(f.feed)::float8 as feed
  from (select feed, run_id from obs_feed where feed > ? order by feed limit ${runsAPass}) as f group by f.run_id`

type Place = { readonly place: number; readonly floor: number; readonly head: number }

const placeSql = `
  select p.feed::float8 as place, coalesce((select min(f.feed) from obs_feed as f), 0)::float8 as floor,
    coalesce((select max(f.feed) from obs_feed as f), 0)::float8 as head
  from obs_run_index_place as p for update of p skip locked`

/** Indexes the runs that have changed since the last time; one process at a time. Returns how many there were; 0: all are. */
export const indexChanged = (db: Knex): Promise<number> =>
  db.transaction(async trx => {
    const { rows: held } = await trx.raw<{ rows: Place[] }>(placeSql)
    const [at] = held
    if (at === undefined || at.head === at.place) return 0
    // The feed has forgotten what was not read in time: whatever the index is behind is looked for once.
    const done = at.floor > at.place + 1 ? await indexStale(trx, at) : await indexFed(trx, at.place)
    await trx.raw('select 1')
    return done
  })

const indexFed = async (trx: Knex, place: number): Promise<number> => {
  const { rows } = await trx.raw<{ rows: { run_id: string; feed: number }[] }>(changedSql, [place])
  if (rows.length === 0) return 0
  await indexRuns(
    trx,
    rows.map(row => row.run_id),
  )
  await trx('obs_run_index_place').update({ feed: Math.max(...rows.map(row => row.feed)) })
  return rows.length
}

const indexStale = async (trx: Knex, { head }: Place): Promise<number> => {
  const stale = await trx('obs_run_index as x')
    .join('obs_runs as r', 'r.id', 'x.run_id')
    .whereRaw('x.revision < r.revision')
    .limit(runsAPass)
    .pluck<string[]>('x.run_id')
  if (stale.length > 0) await indexRuns(trx, stale)
  else await trx('obs_run_index_place').update({ feed: head })
  return Math.max(1, stale.length)
}

/** Indexes runs that were there before the index was, newest first. Returns how many there were; 0: all are. */
export const indexMissing = async (db: Knex): Promise<number> => {
  const missing = await db('obs_runs as r')
    .whereNotExists(q => q.select('x.run_id').from('obs_run_index as x').whereRaw('x.run_id = r.id'))
    .orderBy('r.created_at', 'desc')
    .limit(runsAPass)
    .pluck<string[]>('r.id')
  if (missing.length > 0) await indexRuns(db, missing)
  return missing.length
}
