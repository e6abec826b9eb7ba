import type { Knex } from 'knex'
import { MAPPING_VERSION } from '../ledger/index.ts'
import { diffRun, type RunChange, type StoredRun } from '../store/ledger-diff.ts'
import { storedRuns } from '../store/ledger-rows.ts'
import { commitProjection, type ProjectedGroup } from '../store/projections.ts'
import type { Snapshot } from '../store/snapshot.ts'
import type { Projection } from './project.ts'
import type { StoredCache } from './stored-cache.ts'

export type ChangedRun = { readonly run: string; readonly revision: number }

/** Writes what a projection changes, in one transaction, and returns the runs that changed. Throws StaleProjectionError when somebody was faster. */
export const commitChanges = async (
  db: Knex,
  cache: StoredCache,
  snapshot: Snapshot,
  projection: Projection,
  pauseMs: () => number,
): Promise<readonly ChangedRun[]> => {
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
    pauseMs: pauseMs(),
  })
  remember(cache, snapshot, ledgers, stored, changes)
  for (const { id } of gone) cache.forget(id)
  return [
    ...changes.map(c => ({ run: c.run.id, revision: Number(c.revision) })),
    ...gone.map(g => ({ run: g.id, revision: Number(g.revision) })),
  ]
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
