import type { Knex } from 'knex'
import type { ContentEncoding, ContentType, Signal } from '../model/request.ts'
import { INBOX_FORMAT } from './inbox.ts'

/** A row of the inbox, locked by the transaction that took it. */
export type InboxRow = {
  readonly id: string
  readonly signal: Signal
  readonly content_type: ContentType
  readonly content_encoding: ContentEncoding
  readonly refused: readonly number[]
  readonly received_at: Date
  readonly attempts: number
  readonly payload: Buffer
}

const maxRows = 64
const maxBytes = 8 * 2 ** 20

const takeSql = `
  select i.id, octet_length(i.payload) as bytes, i.attempts
  from obs_inbox as i
  where i.format = ? and i.attempts <= ?
  order by i.id
  limit ?
  for update skip locked`

/** Takes the oldest rows that nobody has and that have failed at most `attempts` times: a bounded batch, at least one if there is any. */
export const takeInboxRows = async (trx: Knex, attempts: number, limit = maxRows): Promise<readonly InboxRow[]> => {
  const { rows: found } = await trx.raw<{ rows: { id: string; bytes: number }[] }>(takeSql, [INBOX_FORMAT, attempts, limit])
  let bytes = 0
  const ids = found.filter((row, i) => {
    bytes += row.bytes
    return i === 0 || bytes <= maxBytes
  })
  if (ids.length === 0) return []
  return trx('obs_inbox')
    .whereIn(
      'id',
      ids.map(row => row.id),
    )
    .orderBy('id')
    .select<InboxRow[]>('id', 'signal', 'content_type', 'content_encoding', 'refused', 'received_at', 'attempts', 'payload')
}

/** Rows that failed before, oldest first: each is to be sorted alone. */
export const failedInboxIds = (db: Knex): Promise<string[]> =>
  db('obs_inbox').where('format', INBOX_FORMAT).where('attempts', '>', 0).orderBy('id').limit(maxRows).pluck<string[]>('id')

/** Locks one row; absent when it is gone or another sorter has it. */
export const takeInboxRow = async (trx: Knex, id: string): Promise<InboxRow | undefined> =>
  trx('obs_inbox').where('id', id).forUpdate().skipLocked().first<InboxRow | undefined>()

/** Notes, in a transaction of its own, that these rows are about to be tried after a failure. */
export const countAttempt = async (db: Knex, ids: readonly string[]): Promise<void> => {
  await db('obs_inbox').whereIn('id', ids).increment('attempts', 1)
}

export const deleteInboxRows = async (trx: Knex, ids: readonly string[]): Promise<void> => {
  await trx('obs_inbox').whereIn('id', ids).delete()
}
