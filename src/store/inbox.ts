import type { Knex } from 'knex'
import { UnavailableError } from '../errors.ts'
import type { ExportRequest } from '../model/request.ts'
import { quarantine } from './quarantine.ts'

/** Who wrote the row: a program that does not know a number leaves the row alone. */
export const INBOX_FORMAT = 1

export type Append = {
  /**
   * Resolves after COMMIT: the request is durable, with its refused items in quarantine. Rejects with UnavailableError when it
   * is not, or not provably; appending it again is safe.
   */
  readonly append: (request: ExportRequest) => Promise<void>
  readonly stop: () => void
}

type Waiting = { readonly request: ExportRequest; readonly resolve: () => void; readonly reject: (error: Error) => void }

/** Commits under way at once: the next one fills while one waits for the disk. */
const concurrentCommits = 2
const maxCommitBytes = 32 * 2 ** 20
const maxCommitRequests = 256
const fillPollMs = 1_000

/**
 * The door to the inbox. Requests that arrive while commits are under way share the next one. Refuses, before writing, while
 * the inbox holds `maxBytes` or a request that has waited `maxAgeMs` to be sorted (looked at once a second).
 */
export const createAppend = ({ db, maxBytes, maxAgeMs }: { db: Knex; maxBytes: number; maxAgeMs: number }): Append => {
  const waiting: Waiting[] = []
  const fill = watchFill(db, maxBytes, maxAgeMs)
  let commits = 0

  const commitNext = async (): Promise<void> => {
    commits += 1
    while (waiting.length > 0) {
      const group = takeGroup(waiting)
      await commit(
        db,
        group.map(w => w.request),
      ).then(
        () => {
          for (const w of group) w.resolve()
        },
        (cause: unknown) => {
          const error = new UnavailableError('The database did not store the request; nothing is acknowledged, send it again', { cause })
          for (const w of group) w.reject(error)
        },
      )
    }
    commits -= 1
  }

  return {
    append: request =>
      new Promise((resolve, reject) => {
        const full = fill.reason()
        if (full !== undefined) return reject(new UnavailableError(full))
        fill.add(request.payload.length)
        waiting.push({ request, resolve, reject })
        if (commits < concurrentCommits) void commitNext()
      }),
    stop: fill.stop,
  }
}

const takeGroup = (waiting: Waiting[]): readonly Waiting[] => {
  let bytes = 0
  let count = 0
  for (const { request } of waiting) {
    bytes += request.payload.length
    if (count > 0 && (bytes > maxCommitBytes || count === maxCommitRequests)) break
    count += 1
  }
  return waiting.splice(0, count)
}

// The callback form alone rejects when COMMIT fails; `select 1` fails where an earlier error was swallowed.
const commit = (db: Knex, requests: readonly ExportRequest[]): Promise<void> =>
  db.transaction(async trx => {
    await trx('obs_inbox').insert(
      requests.map(r => ({
        signal: r.signal,
        content_type: r.contentType,
        content_encoding: r.contentEncoding,
        format: INBOX_FORMAT,
        items: r.items,
        refused: r.refused.map(item => item.ordinal),
        payload: Buffer.from(r.payload.buffer, r.payload.byteOffset, r.payload.byteLength),
      })),
    )
    const refused = requests.flatMap(r => r.refused.map(item => ({ signal: r.signal, reason: item.reason, bytes: item.bytes })))
    if (refused.length > 0) await quarantine(trx, refused)
    await trx.raw('select 1')
  })

type Fill = { readonly reason: () => string | undefined; readonly add: (bytes: number) => void; readonly stop: () => void }

const fillSql = `
  select coalesce(sum(octet_length(i.payload)), 0)::float8 as bytes,
    coalesce(extract(epoch from clock_timestamp() - min(i.received_at)) * 1000, 0)::float8 as age_ms
  from obs_inbox as i`

const watchFill = (db: Knex, maxBytes: number, maxAgeMs: number): Fill => {
  let bytes = 0
  let ageMs = 0
  let appended = false
  const look = async (): Promise<void> => {
    if (!appended) return
    appended = false
    const { rows } = await db.raw<{ rows: { bytes: number; age_ms: number }[] }>(fillSql)
    bytes = rows[0]?.bytes ?? 0
    ageMs = rows[0]?.age_ms ?? 0
    appended ||= bytes > 0
  }
  // A database that can't be asked refuses the append itself: nothing to say here.
  const timer = setInterval(() => void look().catch(() => undefined), fillPollMs)
  timer.unref()
  return {
    add: added => {
      bytes += added
      appended = true
    },
    reason: () => {
      if (bytes > maxBytes) return `The inbox holds more than RUNLEDGER_INBOX_MAX_BYTES=${maxBytes} bytes that are not sorted yet`
      if (ageMs > maxAgeMs) return `Requests have waited longer than RUNLEDGER_INBOX_MAX_AGE=${maxAgeMs}ms to be sorted`
      return undefined
    },
    stop: () => clearInterval(timer),
  }
}
