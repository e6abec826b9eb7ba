import type { Knex } from 'knex'
import type { StepItem, StepSlice } from '../model/api/step-item.ts'
import { numberSql } from './attribute-sql.ts'
import { pageBytesSql } from './preview-sql.ts'

const previewCharacters = 400

/** What a step says, whatever its type. */
export const stepTextSql = `coalesce(case when s.type = 'plan_update' then (
    select string_agg(case i ->> 'status' when 'completed' then '☑ ' when 'in_progress' then '◐ ' when 'cancelled' then '☒ ' else '☐ ' end || (i ->> 'title'), ' · ')
    from jsonb_array_elements(case when jsonb_typeof(s.content -> 'items') = 'array' then s.content -> 'items' else '[]' end) as i
  ) end, s.content ->> 'text', s.content ->> 'message', s.content ->> 'arguments', s.content ->> 'output', s.content ->> 'explanation', '')`

const number = (name: string): string => `${numberSql(name)} as ${name}`

const columns = `s.id, s.run_id, s.sequence, s.type, coalesce(s.content ->> 'tool_name', s.content ->> 'code') as name,
  left(case when s.content ->> 'text' = '' then coalesce(s.content ->> 'reasoning', '') else ${stepTextSql} end, ${previewCharacters}) as preview,
  octet_length(s.content::text) as bytes, s.content ->> 'call_id' as call_id, coalesce(s.content -> 'is_error' = 'true'::jsonb, false) or s.type = 'error' as is_error,
  coalesce(s.content -> 'content_captured' <> 'false'::jsonb, true) as captured, coalesce(s.content ->> 'reasoning', '') <> '' as has_reasoning,
  s.timestamp, s.timestamp_unix_nano::text as timestamp_unix_nano, s.latency_ms, s.emitted_sequence, s.trace_id, s.span_id, s.parent_step_id, s.agent,
  s.attributes ->> 'model' as model, ${number('input_tokens')}, ${number('output_tokens')}, ${number('cached_tokens')}, ${number('cost')},
  s.attributes ->> 'cost_source' as cost_source, s.attributes ->> 'finish_reason' as finish_reason,
  (select count(*)::int from obs_artifacts as a where a.run_id = s.run_id and a.step_id = s.id) as artifacts, s.revision::float8 as revision`

type ItemRecord = Omit<StepItem, 'timestamp'> & { readonly timestamp: Date }

const itemFrom = (row: ItemRecord): StepItem => ({ ...row, timestamp: row.timestamp.toISOString() })

/** What the contents of one page may take to read: previews are made of whole contents. */
const maxReadBytes = 32 * 1024 * 1024

// The page is cut by its bytes before any content is read.
const pageSql = `
  with page as materialized (
    select k.id, sum(k.stored) over (order by k.sequence) as stored, row_number() over (order by k.sequence) as nth from (
      select s.id, s.sequence, ${pageBytesSql('s.content')} as stored from obs_steps as s where s.run_id = ? and s.sequence > ? order by s.sequence limit ?
    ) as k
  )
  select ${columns} from page as p join obs_steps as s on s.run_id = ? and s.id = p.id
  where p.nth = 1 or (p.nth <= ? and p.stored <= ${maxReadBytes}) order by s.sequence`

/** Steps of a run behind `after`, in their order, as many as fit below `limit` and a bound of bytes. */
export const pageSteps = async (
  db: Knex,
  run: string,
  after: number,
  limit: number,
): Promise<{ readonly items: readonly StepItem[]; readonly next: number | null }> => {
  const { rows } = await db.raw<{ rows: ItemRecord[] }>(pageSql, [run, after, limit, run, limit])
  const items = rows.map(itemFrom)
  const last = items.at(-1)?.sequence
  if (last === undefined) return { items, next: null }
  const more = await db.raw<{ rows: { more: boolean }[] }>(
    'select exists (select from obs_steps as s where s.run_id = ? and s.sequence > ?) as more',
    [run, last],
  )
  return { items, next: more.rows[0]?.more === true ? last : null }
}

const sliceSql = `
  select c.json, char_length(c.text) as total, substr(c.text, ? + 1, ?) as text from (
    select jsonb_typeof(s.content -> ?) <> 'string' as json, s.content ->> ? as text from obs_steps as s where s.run_id = ? and s.id = ?
  ) as c where c.text is not null`

/** A piece of one field of a step; undefined where there is no such step or field. */
export const sliceStep = async (
  db: Knex,
  run: string,
  step: string,
  { field, offset, length }: { readonly field: string; readonly offset: number; readonly length: number },
): Promise<StepSlice | undefined> => {
  const { rows } = await db.raw<{ rows: { json: boolean; total: number; text: string }[] }>(sliceSql, [
    offset,
    length,
    field,
    field,
    run,
    step,
  ])
  const [row] = rows
  return row && { field, offset, length: [...row.text].length, total: row.total, json: row.json, text: row.text }
}
