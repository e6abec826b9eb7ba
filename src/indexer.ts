import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Log } from './log.ts'
import { createStage, type Stage } from './stage.ts'
import { indexChanged, indexMissing } from './store/run-index.ts'

const pollMs = 500
/** Between passes, and that many times what the last one took: a long run that changes all the time is indexed now and then. */
const pauseMs = 200
const pauseFactor = 3

/**
 * Fills what lists of runs are filtered by, aside from the stages: who sends or projects does not wait for it. Follows the feed;
 * at the start also what was there before the index was. Any number may run; one works at a time.
 */
export const createIndexer = ({ db, log }: { readonly db: Knex; readonly log: Log }): Stage => {
  let isWhole = false
  const once = async (): Promise<number> => {
    const startedAt = performance.now()
    const missing = isWhole ? 0 : await indexMissing(db)
    isWhole = missing === 0
    const done = missing + (await indexChanged(db))
    if (done > 0) await sleep(pauseMs + pauseFactor * (performance.now() - startedAt))
    return done
  }
  return createStage({ name: 'indexer', once, pollMs, log })
}
