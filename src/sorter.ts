import { constants, zstdCompressSync } from 'node:zlib'
import type { Knex } from 'knex'
import { identify, identityKeys } from './conventions/identity.ts'
import { errorSummary } from './error-summary.ts'
import type { Log } from './log.ts'
import type { Link } from './model/identity.ts'
import { cutRequest, inflate, type Segment } from './otlp/index.ts'
import { createStage, type Stage } from './stage.ts'
import { type GroupFacts, type JournalPart, journal } from './store/groups.ts'
import { quarantine } from './store/quarantine.ts'
import { countAttempt, deleteInboxRows, failedInboxIds, type InboxRow, takeInboxRow, takeInboxRows } from './store/sorting.ts'
import { isConflict } from './store/sqlstate.ts'

export type SorterSettings = { readonly maxBodyBytes: number; readonly maxItems: number; readonly maxRunGroups: number }
export type SorterOptions = { readonly db: Knex; readonly log: Log; readonly settings: SorterSettings; readonly onSorted: () => void }
export type Sorter = Stage & { readonly sortOnce: () => Promise<number> }

/** A row that has failed alone this often is looked at item by item. */
const maxAttempts = 3
const pollMs = 1_000

/**
 * Inbox → journal and dirty marks. `sortOnce` takes one batch of requests in one transaction and returns how many there were;
 * any number of sorters may run. A request that fails in a batch is sorted alone, then what can't be placed goes to quarantine.
 */
export const createSorter = ({ db, log, settings, onSorted }: SorterOptions): Sorter => {
  const sortOnce = async (): Promise<number> => {
    const sorted = await sortBatch(db, settings, log).catch(async (error: unknown) => {
      if (!isConflict(error)) throw error
      return 0
    })
    if (sorted > 0) onSorted()
    return sorted
  }
  return { ...createStage({ name: 'sorter', once: sortOnce, pollMs, log }), sortOnce }
}

const sortBatch = async (db: Knex, settings: SorterSettings, log: Log): Promise<number> => {
  let taken: readonly string[] = []
  try {
    const count = await db.transaction(async trx => {
      const rows = await takeInboxRows(trx, 0)
      taken = rows.map(row => row.id)
      if (rows.length > 0) await sortRows(trx, rows, settings, log)
      await trx.raw('select 1')
      return rows.length
    })
    return count > 0 ? count : await sortFailed(db, settings, log)
  } catch (error) {
    if (isConflict(error) || taken.length === 0) throw error
    log.warn({ requests: taken.length, error: errorSummary(error) }, 'a batch could not be sorted; its requests are sorted alone')
    await countAttempt(db, taken)
    return sortFailed(db, settings, log)
  }
}

const sortFailed = async (db: Knex, settings: SorterSettings, log: Log): Promise<number> => {
  let sorted = 0
  for (const id of await failedInboxIds(db)) {
    await countAttempt(db, [id])
    sorted += await db
      .transaction(async trx => {
        const row = await takeInboxRow(trx, id)
        if (row === undefined) return 0
        if (row.attempts > maxAttempts) await quarantineRequest(trx, row)
        else await sortRows(trx, [row], settings, log)
        await trx.raw('select 1')
        return 1
      })
      .catch((error: unknown) => {
        log.warn({ inbox: id, error: errorSummary(error) }, 'a request could not be sorted')
        return 0
      })
  }
  return sorted
}

const quarantineRequest = async (trx: Knex, row: InboxRow): Promise<void> => {
  await quarantine(trx, [
    {
      signal: row.signal,
      reason: `The request could not be sorted ${maxAttempts} times (${row.content_type}, ${row.content_encoding})`,
      bytes: row.payload,
    },
  ])
  await deleteInboxRows(trx, [row.id])
}

const sortRows = async (trx: Knex, rows: readonly InboxRow[], settings: SorterSettings, log: Log): Promise<void> => {
  const groups = new Map<string, Gathered>()
  for (const row of rows) {
    const body = await inflate(row.payload, row.content_encoding, settings.maxBodyBytes)
    const { segments, failed } = cutRequest(row.signal, row.content_type, body, new Set(row.refused), { keys: identityKeys, identify })
    for (const segment of segments) gather(groups, row, segment)
    if (failed.length > 0)
      await quarantine(
        trx,
        failed.map(item => ({ signal: row.signal, reason: item.reason, bytes: item.bytes })),
      )
  }
  const receivedAt = new Date(Math.max(...rows.map(row => row.received_at.getTime())))
  const dropped = await journal(trx, [...groups.values()].map(factsOf), receivedAt, settings.maxRunGroups)
  if (dropped > 0) log.info({ items: dropped }, 'items of deleted runs were dropped')
  await deleteInboxRows(
    trx,
    rows.map(row => row.id),
  )
}

type Gathered = { readonly group: string; readonly links: Map<string, Link>; readonly traces: Segment[]; readonly logs: Segment[] }

const gather = (groups: Map<string, Gathered>, row: InboxRow, segment: Segment): void => {
  const gathered: Gathered = groups.get(segment.group) ?? { group: segment.group, links: new Map(), traces: [], logs: [] }
  groups.set(segment.group, gathered)
  for (const link of segment.links) gathered.links.set(`${link.kind}/${link.link}`, link)
  gathered[row.signal].push(segment)
}

const factsOf = ({ group, links, traces, logs }: Gathered): GroupFacts => ({
  group,
  links: [...links.values()],
  parts: [...partOf('traces', traces), ...partOf('logs', logs)],
})

/** From here on compressing pays (ratio 0.27 at 25 spans, 0.61 at one). */
const zstdFromBytes = 3_000

// OTLP messages of the same type, one behind the other, are one message.
const partOf = (signal: JournalPart['signal'], segments: readonly Segment[]): readonly JournalPart[] => {
  if (segments.length === 0) return []
  const payload = Buffer.concat(segments.map(s => s.payload))
  const items = segments.reduce((n, s) => n + s.items, 0)
  if (payload.length < zstdFromBytes) return [{ signal, items, encoding: 'identity', payload }]
  const packed = zstdCompressSync(payload, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
  return [{ signal, items, encoding: 'zstd', payload: packed }]
}
