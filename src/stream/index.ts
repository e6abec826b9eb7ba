import type { Knex } from 'knex'
import { createWatchers, type RevisionsOf, type Watchers } from './watchers.ts'

export { type Drained, drain, type Reader } from './drain.ts'
export { createShared } from './shared.ts'
export type { Changed, RevisionsOf, Watch } from './watchers.ts'

export type Stream = Watchers

export type StreamOptions = { readonly db: Knex; readonly revisionsOf?: RevisionsOf }

/** Who watches what: wakes the readers of a run when it has changed, here or on another replica. */
export const createStream = ({ db, revisionsOf = revisionsIn(db) }: StreamOptions): Stream => createWatchers(revisionsOf)

const revisionsIn =
  (db: Knex): RevisionsOf =>
  async runs => {
    const { rows } = await db.raw<{ rows: { run: string; revision: number }[] }>(
      `select r.id as run, r.revision::float8 as revision from obs_runs as r where r.id = any(?::uuid[])
       union all select g.id, g.revision::float8 from obs_gone_runs as g where g.id = any(?::uuid[])`,
      [[...runs], [...runs]],
    )
    return rows
  }
