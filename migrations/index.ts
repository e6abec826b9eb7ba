import type { Knex } from 'knex'
import { up as createLedger, down as dropLedger } from './0001-ledger.ts'
import { up as createRunIndex, down as dropRunIndex } from './0002-run-index.ts'
import { up as createFeed, down as dropFeed } from './0003-feed.ts'
import { up as createContents, down as dropContents } from './0005-artifact-contents.ts'
import { up as createParked, down as dropParked } from './0006-parked.ts'
import { up as createIndexTimes, down as dropIndexTimes } from './0007-run-index-times.ts'

export type Migration = { readonly up: (knex: Knex) => Promise<void>; readonly down: (knex: Knex) => Promise<void> }

/** In the order in which they are applied. A published migration never changes. */
export const migrations: readonly { readonly name: string; readonly migration: Migration }[] = [
  { name: '0001-ledger', migration: { up: createLedger, down: dropLedger } },
  { name: '0002-run-index', migration: { up: createRunIndex, down: dropRunIndex } },
  { name: '0003-feed', migration: { up: createFeed, down: dropFeed } },
  { name: '0005-artifact-contents', migration: { up: createContents, down: dropContents } },
  { name: '0006-parked', migration: { up: createParked, down: dropParked } },
  { name: '0007-run-index-times', migration: { up: createIndexTimes, down: dropIndexTimes } },
]
