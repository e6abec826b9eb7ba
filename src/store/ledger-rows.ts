import type { Knex } from 'knex'
import { writeContents } from './artifact-contents.ts'
import { copyBinary, createRowWriter } from './copy-binary.ts'
import { noteChanges } from './feed.ts'
import type { RunChange, StoredRun } from './ledger-diff.ts'
import type { StepRow } from './row-encode.ts'

/** What is stored of these runs, also of runs that are gone: a run that returns goes on from its last revision. */
export const storedRuns = async (db: Knex, of: readonly string[]): Promise<ReadonlyMap<string, StoredRun>> => {
  const ids = [...of]
  const found = new Map<
    string,
    { revision: bigint; digest: string | null; steps: Map<string, { sequence: number; digest: string }>; artifacts: Map<string, string> }
  >()
  for (const id of ids) found.set(id, { revision: 0n, digest: null, steps: new Map(), artifacts: new Map() })
  const { rows } = await db.raw<{ rows: StoredRow[] }>(storedSql, [ids, ids, ids, ids])
  for (const row of rows) {
    const run = found.get(row.run_id)
    if (run === undefined) continue
    if (row.kind === 'run' || row.kind === 'gone') run.revision = BigInt(row.number)
    if (row.kind === 'run') run.digest = row.digest
    if (row.kind === 'step') run.steps.set(row.id, { sequence: Number(row.number), digest: row.digest })
    if (row.kind === 'artifact') run.artifacts.set(row.id, row.digest)
  }
  return found
}

type StoredRow = {
  readonly kind: 'run' | 'gone' | 'step' | 'artifact'
  readonly run_id: string
  readonly id: string
  readonly number: string
  readonly digest: string
}

const storedSql = `
  select 'gone' as kind, g.id as run_id, g.id, g.revision as number, '' as digest from obs_gone_runs as g where g.id = any(?::uuid[])
  union all select 'run', r.id, r.id, r.revision, encode(r.digest, 'hex') from obs_runs as r where r.id = any(?::uuid[])
  union all select 'step', s.run_id, s.id, s.sequence, encode(s.digest, 'hex') from obs_steps as s where s.run_id = any(?::uuid[])
  union all select 'artifact', a.run_id, a.id, 0, encode(a.digest, 'hex') from obs_artifacts as a where a.run_id = any(?::uuid[])`

/** Writes the changes of many runs, which must be distinct. Whoever calls holds the projections of all their groups. */
export const writeChanges = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  if (changes.length === 0) return
  await trx.raw('set constraints all deferred')
  await upsertRuns(trx, changes)
  await removeRows(trx, changes)
  await moveSteps(trx, changes)
  await updateSteps(trx, changes)
  await addSteps(trx, changes)
  await writeArtifacts(trx, changes)
  await writeContents(trx, changes)
  await clearTombstones(trx, changes)
  await noteChanges(
    trx,
    changes.map(c => ({ run: c.run.id, revision: c.revision, gone: false })),
  )
}

const fromEpoch = (column: string): string => `timestamptz 'epoch' + ${column} * interval '1 microsecond'`

const upsertRunsSql = `
  insert into obs_runs as r (id, agent_id, task_input, status, created_at, updated_at, metadata, ended_at, session_id, cluster_id, settled_at, revision,
    digest, steps, errors, artifacts, gaps, input_tokens, output_tokens, cost)
  select x.id, x.agent_id, x.task_input, x.status, ${fromEpoch('x.created_micros')}, now(), x.metadata, ${fromEpoch('x.ended_micros')}, x.session_id, x.cluster_id,
    case when x.settled then now() end, x.revision, decode(x.digest, 'hex'), x.steps, x.errors, x.artifacts, x.gaps, x.input_tokens, x.output_tokens, x.cost
  from jsonb_to_recordset(?::jsonb) as x (id uuid, agent_id text, task_input jsonb, status text, created_micros bigint, metadata jsonb, ended_micros bigint,
    session_id text, cluster_id uuid, settled boolean, revision bigint, digest text, steps int, errors int, artifacts int, gaps int, input_tokens bigint,
    output_tokens bigint, cost float8)
  order by x.id
  on conflict (id) do update set agent_id = excluded.agent_id, task_input = excluded.task_input, status = excluded.status, created_at = excluded.created_at,
    updated_at = excluded.updated_at, metadata = excluded.metadata, ended_at = excluded.ended_at, session_id = excluded.session_id, cluster_id = excluded.cluster_id,
    settled_at = excluded.settled_at, revision = excluded.revision, digest = excluded.digest, steps = excluded.steps, errors = excluded.errors,
    artifacts = excluded.artifacts, gaps = excluded.gaps, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cost = excluded.cost`

const upsertRuns = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const rows = changes.map(({ run, revision, settled }) => {
    const { task_input, metadata, digest, ...plain } = run
    const text = JSON.stringify({ ...plain, settled, revision: String(revision), digest: digest.toString('hex') })
    // Texts that are JSON already go in as they are.
    return `${text.slice(0, -1)},"task_input":${task_input ?? 'null'},"metadata":${metadata}}`
  })
  await trx.raw(upsertRunsSql, [`[${rows.join(',')}]`])
  await trx.raw('delete from obs_gone_runs where id = any(?::uuid[]) and not deleted', [changes.map(c => c.run.id)])
}

const removeRows = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const removed = changes.flatMap(c => [
    ...c.removedArtifacts.map(id => ({ run_id: c.run.id, kind: 'artifact', id, revision: String(c.revision) })),
    ...c.removedSteps.map(id => ({ run_id: c.run.id, kind: 'step', id, revision: String(c.revision) })),
  ])
  if (removed.length === 0) return
  const json = JSON.stringify(removed)
  const recordset = 'jsonb_to_recordset(?::jsonb) as x (run_id uuid, kind text, id uuid, revision bigint)'
  await trx.raw(
    `insert into obs_removed (run_id, kind, id, revision) select x.run_id, x.kind, x.id, x.revision from ${recordset}
     on conflict (run_id, kind, id) do update set revision = excluded.revision`,
    [json],
  )
  await trx.raw(`delete from obs_artifacts as a using ${recordset} where a.run_id = x.run_id and a.id = x.id and x.kind = 'artifact'`, [
    json,
  ])
  await trx.raw(`delete from obs_steps as s using ${recordset} where s.run_id = x.run_id and s.id = x.id and x.kind = 'step'`, [json])
}

const moveSteps = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const moved = changes.flatMap(c =>
    c.movedSteps.map(m => ({ run_id: c.run.id, id: m.id, sequence: m.sequence, revision: String(c.revision) })),
  )
  if (moved.length === 0) return
  await trx.raw(
    `update obs_steps as s set sequence = x.sequence, revision = x.revision
     from jsonb_to_recordset(?::jsonb) as x (run_id uuid, id uuid, sequence int, revision bigint)
     where s.run_id = x.run_id and s.id = x.id`,
    [JSON.stringify(moved)],
  )
}

const updateStepsSql = `
  update obs_steps as s set sequence = x.sequence, type = x.type, content = x.content, timestamp = ${fromEpoch('x.micros')}, timestamp_unix_nano = x.nanos,
    latency_ms = x.latency_ms, emitted_sequence = x.emitted, trace_id = x.trace_id, span_id = x.span_id, parent_step_id = x.parent, agent = x.agent,
    attributes = x.attributes, digest = decode(x.digest, 'hex'), changed = x.revision, revision = x.revision
  from jsonb_to_recordset(?::jsonb) as x (run_id uuid, id uuid, sequence int, type text, content jsonb, micros bigint, nanos bigint, latency_ms float8, emitted int,
    trace_id text, span_id text, parent uuid, agent jsonb, attributes jsonb, digest text, revision bigint)
  where s.run_id = x.run_id and s.id = x.id`

const updateSteps = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const rows = changes.flatMap(c => c.updatedSteps.map(row => stepJson(c, row)))
  if (rows.length > 0) await trx.raw(updateStepsSql, [`[${rows.join(',')}]`])
}

const stepJson = (change: RunChange, { step, content, attributes, agent, micros, nanos, digest }: StepRow): string => {
  const plain = {
    run_id: change.run.id,
    id: step.id,
    sequence: step.sequence,
    type: step.type,
    micros: String(micros),
    nanos: nanos === null ? null : String(nanos),
    latency_ms: step.latencyMs,
    emitted: step.emittedSequence,
    trace_id: step.traceId,
    span_id: step.spanId,
    parent: step.parentStepId,
    digest: digest.toString('hex'),
    revision: String(change.revision),
  }
  return `${JSON.stringify(plain).slice(0, -1)},"content":${content},"attributes":${attributes},"agent":${agent ?? 'null'}}`
}

const stepColumns =
  'obs_steps (id, run_id, sequence, type, content, timestamp, timestamp_unix_nano, latency_ms, emitted_sequence, trace_id, span_id, parent_step_id, agent, attributes, digest, added, changed, revision)'

const addSteps = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  if (changes.every(c => c.addedSteps.length === 0)) return
  const w = createRowWriter()
  for (const { run, revision, addedSteps } of changes)
    for (const { step, content, attributes, agent, micros, nanos, digest } of addedSteps) {
      w.row(18)
      w.uuid(step.id)
      w.uuid(run.id)
      w.int4(step.sequence)
      w.text(step.type)
      w.jsonb(content)
      w.timestamptz(micros)
      w.int8(nanos)
      w.float8(step.latencyMs)
      w.int4(step.emittedSequence)
      w.text(step.traceId)
      w.text(step.spanId)
      w.uuid(step.parentStepId)
      w.jsonb(agent)
      w.jsonb(attributes)
      w.bytea(digest)
      w.int8(revision)
      w.int8(revision)
      w.int8(revision)
    }
  await copyBinary(trx, stepColumns, w.done())
}

const writeArtifactsSql = `
  insert into obs_artifacts as a (id, run_id, step_id, role, path, mime_type, size_bytes, sha256, digest, added, changed, revision)
  select x.id, x.run_id, x."stepId", x.role, x.path, x."mimeType", x."sizeBytes", x.sha256, decode(x.digest, 'hex'), x.revision, x.revision, x.revision
  from jsonb_to_recordset(?::jsonb) as x (id uuid, run_id uuid, "stepId" uuid, role text, path text, "mimeType" text, "sizeBytes" bigint, sha256 text, digest text,
    revision bigint)
  on conflict (run_id, id) do update set step_id = excluded.step_id, role = excluded.role, path = excluded.path, mime_type = excluded.mime_type,
    size_bytes = excluded.size_bytes, sha256 = excluded.sha256, digest = excluded.digest, changed = excluded.changed, revision = excluded.revision`

const writeArtifacts = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const rows = changes.flatMap(c =>
    [...c.addedArtifacts, ...c.updatedArtifacts].map(({ content: _, ...a }) => ({
      ...a,
      run_id: c.run.id,
      digest: a.digest.toString('hex'),
      revision: String(c.revision),
    })),
  )
  if (rows.length > 0) await trx.raw(writeArtifactsSql, [JSON.stringify(rows)])
}

// What comes back takes its tombstone with it.
const clearTombstones = async (trx: Knex, changes: readonly RunChange[]): Promise<void> => {
  const back = changes
    .filter(c => c.revision > 1n)
    .flatMap(c => [
      ...c.addedSteps.map(row => ({ run_id: c.run.id, id: row.step.id })),
      ...c.addedArtifacts.map(row => ({ run_id: c.run.id, id: row.id })),
    ])
  if (back.length === 0) return
  await trx.raw(
    'delete from obs_removed as o using jsonb_to_recordset(?::jsonb) as x (run_id uuid, id uuid) where o.run_id = x.run_id and o.id = x.id',
    [JSON.stringify(back)],
  )
}

/** Deletes runs that are no more, leaving where they went. */
export const removeRuns = async (
  trx: Knex,
  gone: readonly { readonly id: string; readonly revision: bigint; readonly movedTo: string | null }[],
): Promise<void> => {
  if (gone.length === 0) return
  const ids = gone.map(g => g.id)
  await trx.raw('delete from obs_removed where run_id = any(?::uuid[])', [ids])
  await trx.raw('delete from obs_runs where id = any(?::uuid[])', [ids])
  await trx.raw(
    `insert into obs_gone_runs (id, revision, moved_to)
     select x.id, x.revision, x.moved_to from jsonb_to_recordset(?::jsonb) as x (id uuid, revision bigint, moved_to uuid)
     on conflict (id) do update set revision = excluded.revision, moved_to = excluded.moved_to, gone_at = now()`,
    [JSON.stringify(gone.map(g => ({ id: g.id, revision: String(g.revision), moved_to: g.movedTo })))],
  )
  await noteChanges(
    trx,
    gone.map(g => ({ run: g.id, revision: g.revision, gone: true })),
  )
}
