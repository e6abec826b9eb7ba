import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { type Reading, readItem as readWithAll } from './conventions/index.ts'
import { errorSummary } from './error-summary.ts'
import { assemble as assembleRun, beats, MAPPING_VERSION } from './ledger/index.ts'
import type { Log } from './log.ts'
import type { Item } from './model/fact.ts'
import { readFacts } from './otlp/index.ts'
import { createFactsCache, type FactsCache } from './projection/facts-cache.ts'
import { type Assemble, type Projection, project } from './projection/project.ts'
import { createStoredCache, type StoredCache } from './projection/stored-cache.ts'
import { createStage, type Stage } from './stage.ts'
import { claimGroups, type Lane, nextDueMs } from './store/claims.ts'
import { diffRun, type RunChange, type StoredRun } from './store/ledger-diff.ts'
import { storedRuns } from './store/ledger-rows.ts'
import { commitProjection, type ProjectedGroup, parkGroups, releaseGroups, StaleProjectionError } from './store/projections.ts'
import { quarantine } from './store/quarantine.ts'
import { type Part, readParts, readSnapshot, type Snapshot } from './store/snapshot.ts'
import { isConflict, refusesData } from './store/sqlstate.ts'

export type ProjectorSettings = { readonly maxRunSpans: number; readonly maxDepth: number }

export type ChangedRun = { readonly run: string; readonly revision: number }

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
  const once = async (): Promise<number> => {
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

type Caches = { readonly facts: FactsCache; readonly stored: StoredCache }

/** Reads and computes; what it returns writes. While one batch is written the next is read: Postgres and we work at once. */
const prepared = async (options: ProjectorOptions, caches: Caches, groups: readonly string[]): Promise<() => Promise<void>> => {
  const started = performance.now()
  const snapshot = await loadSnapshot(options, caches.facts, groups)
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
    await commit(options, caches.stored, snapshot, projection, () => ((took + performance.now() - started) / groups.length) * pauseFactor)
  } catch (error) {
    if (error instanceof StaleProjectionError || isConflict(error)) {
      options.log.debug({ groups: groups.length }, 'a projection was overtaken and is done again')
      await releaseGroups(options.db, groups)
      return
    }
    if (!refusesData(error)) throw error
    await isolate(options, caches, groups, error)
  }
}

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

const loadSnapshot = (
  { db, log, settings, readItem = readWithAll }: ProjectorOptions,
  cache: FactsCache,
  groups: readonly string[],
): Promise<Snapshot> =>
  db.transaction(
    async trx => {
      const snapshot = await readSnapshot(trx, groups)
      const after = new Map([...snapshot.groups.keys()].map(group => [group, cache.knownPart(group)] as const))
      for (const part of await readParts(trx, after)) cache.add(part, await readingsOf(db, log, part, readItem, settings.maxDepth))
      return snapshot
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  )

const readingsOf = async (
  db: Knex,
  log: Log,
  part: Part,
  readItem: (item: Item) => Reading,
  maxDepth: number,
): Promise<readonly Reading[]> => {
  const readings: Reading[] = []
  const refused: { item: Item; reason: string }[] = []
  for (const item of readFacts(part.signal, part.payload, maxDepth)) {
    try {
      readings.push(readItem(item))
    } catch (error) {
      refused.push({ item, reason: `The mapping could not read it: ${String(error)}` })
    }
  }
  if (refused.length > 0) {
    log.error({ group: part.group, items: refused.length, reason: refused[0]?.reason }, 'items could not be read and are in quarantine')
    await quarantine(
      db,
      refused.map(({ item, reason }) => ({
        signal: part.signal,
        reason,
        groupId: part.group,
        bytes: Buffer.from(item.digest),
        ...(item.traceId === undefined ? {} : { traceId: item.traceId }),
      })),
    )
  }
  return readings
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

const commit = async (
  { db, onCommitted }: ProjectorOptions,
  cache: StoredCache,
  snapshot: Snapshot,
  projection: Projection,
  pauseMs: () => number,
): Promise<void> => {
  const parked = new Set(projection.parked.flatMap(p => p.groups))
  const ledgers = projection.ledgers.filter(l => !l.groups.some(g => parked.has(g)))
  const stored = await storedOf(db, cache, snapshot, ledgers, projection.absent)
  const changes = ledgers.flatMap(l => changeOf(l, stored))
  const gone = [...projection.absent].flatMap(id => {
    const run = stored.get(id)
    return run === undefined || run.digest === null
      ? []
      : [{ id, revision: run.revision + 1n, movedTo: projection.aliases.get(id) ?? null }]
  })
  await commitProjection(db, {
    groups: projectedGroups(snapshot, ledgers, parked),
    changes,
    gone,
    aliases: projection.aliases,
    mapping: MAPPING_VERSION,
    pauseMs: Math.min(maxPauseMs, pauseMs()),
  })
  remember(cache, snapshot, ledgers, stored, changes)
  for (const { id } of gone) cache.forget(id)
  const changed = [...changes.map(c => ({ run: c.run.id, revision: c.revision })), ...gone.map(g => ({ run: g.id, revision: g.revision }))]
  if (changed.length > 0) onCommitted(changed.map(c => ({ run: c.run, revision: Number(c.revision) })))
}

const commitsOf = (snapshot: Snapshot, groups: readonly string[], more: bigint): ReadonlyMap<string, bigint> =>
  new Map(groups.map(group => [group, (snapshot.groups.get(group)?.commits ?? 0n) + more]))

const storedOf = async (
  db: Knex,
  cache: StoredCache,
  snapshot: Snapshot,
  ledgers: Projection['ledgers'],
  absent: ReadonlySet<string>,
): Promise<ReadonlyMap<string, StoredRun>> => {
  const known = new Map(
    ledgers.flatMap(({ ledger, groups }) => {
      const stored = cache.known(ledger.run.id, commitsOf(snapshot, groups, 0n))
      return stored === undefined ? [] : [[ledger.run.id, stored] as const]
    }),
  )
  const unknown = [...ledgers.map(l => l.ledger.run.id).filter(id => !known.has(id)), ...absent]
  return unknown.length === 0 ? known : new Map([...known, ...(await storedRuns(db, unknown))])
}

const remember = (
  cache: StoredCache,
  snapshot: Snapshot,
  ledgers: Projection['ledgers'],
  stored: ReadonlyMap<string, StoredRun>,
  changes: readonly RunChange[],
): void => {
  const changed = new Map(changes.map(c => [c.run.id, c]))
  for (const { ledger, groups } of ledgers) {
    const before = stored.get(ledger.run.id)
    const change = changed.get(ledger.run.id)
    const commits = commitsOf(snapshot, groups, 1n)
    if (before === undefined) continue
    if (change === undefined) cache.renew(ledger.run.id, before, commits)
    else cache.keep(change, before, commits)
  }
}

const changeOf = (
  { ledger, cluster, settled }: Projection['ledgers'][number],
  stored: ReadonlyMap<string, StoredRun>,
): readonly RunChange[] => {
  const known = stored.get(ledger.run.id)
  const change = known && diffRun(ledger, cluster, settled, known)
  return change === undefined ? [] : [change]
}

const projectedGroups = (snapshot: Snapshot, ledgers: Projection['ledgers'], parked: ReadonlySet<string>): readonly ProjectedGroup[] => {
  const runs = new Map<string, { runs: number; waits: ProjectedGroup['waits'] }>()
  for (const { ledger, groups } of ledgers)
    for (const group of groups) {
      const known = runs.get(group)
      runs.set(group, { runs: (known?.runs ?? 0) + 1, waits: known?.waits === 'quiet' ? 'quiet' : (ledger.waits ?? known?.waits ?? null) })
    }
  return [...snapshot.groups.values()]
    .filter(({ group }) => !parked.has(group))
    .map(({ group, commits, version }) => ({
      group,
      commits,
      ...(snapshot.claimed.has(group) ? { version } : {}),
      runs: runs.get(group)?.runs ?? 0,
      waits: runs.get(group)?.waits ?? null,
    }))
}
