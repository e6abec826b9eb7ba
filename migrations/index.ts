import type { Knex } from 'knex'
import { down, up } from './0001-ledger.ts'

export type Migration = { readonly up: (knex: Knex) => Promise<void>; readonly down: (knex: Knex) => Promise<void> }

/** In the order in which they are applied. A published migration never changes. */
export const migrations: readonly { readonly name: string; readonly migration: Migration }[] = [
  { name: '0001-ledger', migration: { up, down } },
]
