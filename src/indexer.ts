import type { Knex } from 'knex'
import type { Log } from './log.ts'
import { createStage, type Stage } from './stage.ts'
import { indexMissing } from './store/run-index.ts'

const pollMs = 500

/** Fills what lists of runs are filtered by, aside from the stages: whoever sends or projects does not wait for it. Any number may run; one works at a time. */
export const createIndexer = ({ db, log }: { readonly db: Knex; readonly log: Log }): Stage =>
  createStage({ name: 'indexer', once: () => indexMissing(db), pollMs, log })
