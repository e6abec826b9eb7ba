import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { type Reading, readItem as readWithAll } from './conventions/index.ts'
import { errorSummary } from './error-summary.ts'
import { assemble, beats, MAPPING_VERSION } from './ledger/index.ts'
import type { Log } from './log.ts'
import type { Item } from './model/fact.ts'
import { priceOf } from './price.ts'
import { type ChangedRun, commitChanges } from './projection/commit.ts'
import { createFactsCache, type FactsCache } from './projection/facts-cache.ts'
import { loadSnapshot } from './projection/load.ts'
import { type Assemble, type Projection, project } from './projection/project.ts'
import { createStoredCache, type StoredCache } from './projection/stored-cache.ts'
import { createStage, type Stage } from './stage.ts'
import { claimGroups, type Lane, nextDueMs } from './store/claims.ts'
import { markParkedDirty, parkGroups, releaseGroups, StaleProjectionError } from './store/projections.ts'
import type { Snapshot } from './store/snapshot.ts'
import { isConflict, refusesData } from './store/sqlstate.ts'

export type { ChangedRun } from './projection/commit.ts'

export type ProjectorSettings = { readonly maxRunSpans: number; readonly maxDepth: number }

export type ProjectorOptions = {
  readonly db: Knex
  readonly log: Log
  readonly settings: ProjectorSettings
  readonly lane: Lane
  readonly onCommitted: (changed: readonly ChangedRun[]) => void
  /** The mapping: a pure function of an item, and of a run's readings. */
  readonly readItem?: (item: Item) => Reading
  readonly assemble?: Assemble
}

export type Projector = Stage & { readonly projectOnce: () => Promise<number> }

const groupsABatch = 64
const groupsACommit = 16
const maxCachedBytes = 128 * 2 ** 20
/** The pause before a group is projected again, as a multiple of its share of what its batch took, and at most. */
const pauseFactor = 8
const maxPauseMs = 2_000
const maxCachedRows = 500_000
const pollMs = 250
/** Shortest sleep towards a group that falls due soon. */
const minSleepMs = 5

/**
 * Dirty groups → rows. `projectOnce` projects one batch of groups and returns how many; any number of projectors may run on one
 * database. A run whose mapping throws is parked; nothing else waits.
 */
export const createProjector = (options: ProjectorOptions): Projector => {
  const projectOnce = projectOnceWith(options)
  let sleepMs = pollMs
  let looked = false
  const once = async (): Promise<number> => {
    // A new mapping may do what the one before could not.
    if (!looked) await markParkedDirty(options.db, MAPPING_VERSION)
    looked = true
    const projected = await projectOnce()
    if (projected === 0) sleepMs = Math.min(pollMs, Math.max(minSleepMs, (await nextDueMs(options.db)) ?? pollMs))
    return projected
  }
  return { ...createStage({ name: `projector ${options.lane}`, once, pollMs: () => sleepMs, log: options.log }), projectOnce }
}

/** One batch of a projector without its loop. */
export const projectOnceWith = (options: ProjectorOptions): (() => Promise<number>) => {
  const owner = randomUUID()
  const caches = { facts: createFactsCache(maxCachedBytes, beats), stored: createStoredCache(maxCachedRows) }
  return async () => {
    const groups = await claimGroups(options.db, owner, options.lane, MAPPING_VERSION, groupsABatch)
    let writing: Promise<void> = Promise.resolve()
    for (let at = 0; at < groups.length; at += groupsACommit) {
      const [write] = await Promise.all([prepared(options, caches, groups.slice(at, at + groupsACommit)), writing])
      writing = write()
      // Handled where it is awaited: without this a failure while the next batch is read would end the process.
      writing.catch(() => undefined)
    }
    await writing
    return groups.length
  }
}

const assembleRun: Assemble = (run, readings, clock) => assemble(run, readings, clock, priceOf)

type Caches = { readonly facts: FactsCache; readonly stored: StoredCache }

/** Reads and computes; what it returns writes. While one batch is written the next is read: Postgres and we work at once. */
const prepared = async (options: ProjectorOptions, caches: Caches, groups: readonly string[]): Promise<() => Promise<void>> => {
  const started = performance.now()
  const { db, log, settings, readItem = readWithAll } = options
  const snapshot = await loadSnapshot({ db, log, readItem, maxDepth: settings.maxDepth }, caches.facts, groups)
  const projection = project(snapshot, caches.facts.readings, options.assemble ?? assembleRun, options.settings.maxRunSpans)
  caches.facts.trim()
  const took = performance.now() - started
  return () => write(options, caches, groups, { snapshot, projection, took })
}

type Prepared = { readonly snapshot: Snapshot; readonly projection: Projection; readonly took: number }

const write = async (
  options: ProjectorOptions,
  caches: Caches,
  groups: readonly string[],
  { snapshot, projection, took }: Prepared,
): Promise<void> => {
  const started = performance.now()
  try {
    await park(options.db, options.log, snapshot, projection)
    const pauseMs = (): number => Math.min(maxPauseMs, ((took + performance.now() - started) / groups.length) * pauseFactor)
    const changed = await commitChanges(options.db, caches.stored, snapshot, projection, pauseMs)
    if (changed.length > 0) options.onCommitted(changed)
  } catch (error) {
    if (error instanceof StaleProjectionError || isConflict(error)) {
      options.log.debug({ groups: groups.length }, 'a projection was overtaken and is done again')
      await releaseGroups(options.db, groups)
      return
    }
    if (!refusesData(error) && !isOurs(error)) throw error
    await isolate(options, caches, groups, error)
  }
}

// A row that can't be written down: a bug of ours, which will be there again at the next try.
const isOurs = (error: unknown): boolean => error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError

// One run with a row that Postgres refuses must not cost the others of its batch.
const isolate = async (options: ProjectorOptions, caches: Caches, groups: readonly string[], error: unknown): Promise<void> => {
  if (groups.length > 1) {
    for (const group of groups) await (await prepared(options, caches, [group]))()
    return
  }
  const versions = await options
    .db('obs_groups')
    .whereIn('group_id', groups)
    .select<{ group_id: string; facts_version: string }[]>('group_id', 'facts_version')
  options.log.error({ groups, error: errorSummary(error) }, 'Postgres refused a row; its run is parked')
  await parkGroups(
    options.db,
    versions.map(v => ({ group: v.group_id, version: BigInt(v.facts_version) })),
    String(error),
    MAPPING_VERSION,
  )
}

const park = async (db: Knex, log: Log, snapshot: Snapshot, { parked }: Projection): Promise<void> => {
  for (const { groups, reason } of parked) {
    log.error({ groups, reason }, 'a run could not be assembled and is parked')
    await parkGroups(
      db,
      groups.flatMap(group => versionOf(snapshot, group)),
      reason,
      MAPPING_VERSION,
    )
  }
}

const versionOf = (snapshot: Snapshot, group: string): readonly { group: string; version: bigint }[] => {
  const state = snapshot.groups.get(group)
  return state === undefined ? [] : [{ group, version: state.version }]
}
