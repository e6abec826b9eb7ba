import type { Knex } from 'knex'
import { noteChanges } from '../../src/store/feed.ts'

export type WrittenStep = { readonly id: string; readonly sequence: number; readonly text: string }

/** What one commit does to a run. `steps` and `artifacts` are all it has afterwards; `rewritten` get another content. */
export type Edit = {
  readonly steps: readonly WrittenStep[]
  /** Artifact id → step id. */
  readonly artifacts?: ReadonlyMap<string, string>
  readonly status?: string
  readonly agent?: string
}

export type RunWriter = {
  readonly id: string
  /** Commits one revision as the projection does, and returns its number. */
  readonly commit: (edit: Edit) => Promise<number>
  /** The run is no more: its rows and tombstones go, where it went stays. */
  readonly vanish: (movedTo?: string) => Promise<number>
}

/** Writes the rows of one run with the `added`, `changed` and `revision` that follow from what is stored. */
export const createRunWriter = (db: Knex, id: string): RunWriter => ({
  id,
  commit: edit =>
    db.transaction(async trx => {
      const revision = (await lastRevision(trx, id)) + 1
      await upsertRun(trx, id, revision, edit)
      await trx.raw('delete from obs_gone_runs where id = ?', [id])
      await trx.raw('set constraints all deferred')
      await writeSteps(trx, id, revision, edit.steps)
      await writeArtifacts(trx, id, revision, edit.artifacts ?? new Map())
      await noteChanges(trx, [{ run: id, revision: BigInt(revision), gone: false }])
      return revision
    }),
  vanish: movedTo =>
    db.transaction(async trx => {
      const revision = (await lastRevision(trx, id)) + 1
      await trx('obs_removed').where('run_id', id).delete()
      await trx('obs_runs').where('id', id).delete()
      await trx('obs_gone_runs')
        .insert({ id, revision, moved_to: movedTo ?? null })
        .onConflict('id')
        .merge()
      await noteChanges(trx, [{ run: id, revision: BigInt(revision), gone: true }])
      return revision
    }),
})

const lastRevision = async (trx: Knex, id: string): Promise<number> => {
  const { rows } = await trx.raw<{ rows: { revision: number }[] }>(
    `select r.revision::float8 as revision from obs_runs as r where r.id = ?
     union all select g.revision::float8 from obs_gone_runs as g where g.id = ?`,
    [id, id],
  )
  return rows[0]?.revision ?? 0
}

const upsertRun = (trx: Knex, id: string, revision: number, edit: Edit): Promise<unknown> =>
  trx.raw(
    `insert into obs_runs (id, agent_id, task_input, status, created_at, cluster_id, revision, digest, steps)
     values (?, ?, '{"goal":"try"}', ?, '2026-01-01T00:00:00.123456Z', ?, ?, '', ?)
     on conflict (id) do update set status = excluded.status, revision = excluded.revision, steps = excluded.steps, updated_at = now()`,
    [id, edit.agent ?? 'agent', edit.status ?? 'running', id, revision, edit.steps.length],
  )

const writeSteps = async (trx: Knex, run: string, revision: number, steps: readonly WrittenStep[]): Promise<void> => {
  const stored = new Map(
    (
      await trx('obs_steps')
        .where('run_id', run)
        .select<{ id: string; sequence: number; content: { text: string } }[]>('id', 'sequence', 'content')
    ).map(row => [row.id, row]),
  )
  const wanted = new Set(steps.map(step => step.id))
  for (const gone of stored.keys()) if (!wanted.has(gone)) await remove(trx, 'step', run, gone, revision)
  for (const step of steps) {
    const before = stored.get(step.id)
    const content = JSON.stringify({ text: step.text })
    if (before === undefined) {
      await trx('obs_steps').insert({
        id: step.id,
        run_id: run,
        sequence: step.sequence,
        type: 'thought',
        content,
        digest: Buffer.alloc(0),
        timestamp: '2026-01-01T00:00:01.5Z',
        added: revision,
        changed: revision,
        revision,
      })
      await trx('obs_removed').where({ run_id: run, kind: 'step', id: step.id }).delete()
    } else if (before.content.text !== step.text)
      await trx('obs_steps').where({ run_id: run, id: step.id }).update({ sequence: step.sequence, content, changed: revision, revision })
    else if (before.sequence !== step.sequence)
      await trx('obs_steps').where({ run_id: run, id: step.id }).update({ sequence: step.sequence, revision })
  }
}

const writeArtifacts = async (trx: Knex, run: string, revision: number, artifacts: ReadonlyMap<string, string>): Promise<void> => {
  // Those of removed steps have gone with them; the projection leaves tombstones of these too.
  const stored = new Set(await trx('obs_artifacts').where('run_id', run).pluck<string[]>('id'))
  for (const gone of stored) if (!artifacts.has(gone)) await remove(trx, 'artifact', run, gone, revision)
  for (const [id, step] of artifacts) {
    if (stored.has(id)) continue
    await trx('obs_artifacts').insert({
      id,
      run_id: run,
      step_id: step,
      role: 'output',
      path: `${id}.txt`,
      size_bytes: 3,
      digest: Buffer.alloc(0),
      added: revision,
      changed: revision,
      revision,
    })
    await trx('obs_removed').where({ run_id: run, kind: 'artifact', id }).delete()
  }
}

const remove = async (trx: Knex, kind: 'step' | 'artifact', run: string, id: string, revision: number): Promise<void> => {
  if (kind === 'step')
    for (const artifact of await trx('obs_artifacts').where({ run_id: run, step_id: id }).pluck<string[]>('id'))
      await remove(trx, 'artifact', run, artifact, revision)
  await trx(kind === 'step' ? 'obs_steps' : 'obs_artifacts')
    .where({ run_id: run, id })
    .delete()
  await trx('obs_removed').insert({ run_id: run, kind, id, revision }).onConflict(['run_id', 'kind', 'id']).merge()
}

/** What a reader who has applied everything holds: by id, and without what no event says. */
export const dumpRows = async (db: Knex, run: string): Promise<Held> => {
  const steps = await db('obs_steps')
    .where('run_id', run)
    .orderBy('id')
    .select<{ id: string; sequence: number; content: unknown }[]>('id', 'sequence', 'content')
  const artifacts = await db('obs_artifacts').where('run_id', run).orderBy('id').select<{ id: string; step_id: string }[]>('id', 'step_id')
  const [status] = await db('obs_runs').where('id', run).pluck<string[]>('status')
  return {
    steps: Object.fromEntries(steps.map(s => [s.id, { sequence: s.sequence, data: s.content }])),
    artifacts: Object.fromEntries(artifacts.map(a => [a.id, a.step_id])),
    status: status ?? null,
  }
}

export type Held = {
  readonly steps: Readonly<Record<string, { readonly sequence: number; readonly data: unknown }>>
  readonly artifacts: Readonly<Record<string, string>>
  readonly status: string | null
}
