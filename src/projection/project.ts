import type { Reading } from '../conventions/index.ts'
import { type Division, divide } from '../ledger/index.ts'
import type { Ledger } from '../model/ledger.ts'
import type { GroupState, Snapshot } from '../store/snapshot.ts'

export type Assemble = (
  runId: string,
  readings: readonly Reading[],
  clock: { readonly quiet: boolean; readonly idle: boolean },
) => Ledger | undefined

/** What the claimed clusters come to. */
export type Projection = {
  readonly ledgers: readonly Projected[]
  /** Candidates that are no run (any more). */
  readonly absent: ReadonlySet<string>
  readonly aliases: ReadonlyMap<string, string>
  /** Runs whose assembly threw, with the groups that can't be projected because of it. */
  readonly parked: readonly { readonly groups: readonly string[]; readonly reason: string }[]
}

export type Projected = {
  readonly ledger: Ledger
  readonly cluster: string
  readonly groups: readonly string[]
  readonly settled: boolean
}

type Cluster = { readonly id: string; readonly groups: readonly string[]; readonly division: Division }

/**
 * The ledgers of every run that the claimed clusters concern. Each cluster is divided alone; a run is assembled from its parts
 * in all of them. A run that throws costs its own groups. Pure.
 */
export const project = (
  snapshot: Snapshot,
  readingsOf: (group: string) => readonly Reading[],
  assemble: Assemble,
  maxRunSpans: number,
): Projection => {
  const clusters = clustersOf(snapshot, readingsOf)
  const claimed = clusters.filter(c => c.groups.some(g => snapshot.claimed.has(g)))
  const candidates = new Set([...snapshot.candidates, ...claimed.flatMap(c => [...c.division.runs.keys()])])
  const ledgers: Projected[] = []
  const absent = new Set<string>()
  const parked: { groups: readonly string[]; reason: string }[] = []
  for (const run of candidates) {
    const bearing = clusters.filter(c => c.division.runs.has(run))
    const readings = bearing.flatMap(c => c.division.runs.get(run) ?? [])
    const groups = [...new Set(readings.map(r => r.group))]
    try {
      const ledger =
        readings.length === 0
          ? undefined
          : marked(assemble(run, limited(readings, maxRunSpans), clockOf(groups, snapshot.groups)), readings.length, maxRunSpans)
      if (ledger === undefined) absent.add(run)
      else ledgers.push({ ledger, cluster: smallest(bearing), groups, settled: clockOf(groups, snapshot.groups).idle })
    } catch (error) {
      parked.push({ groups, reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
    }
  }
  return { ledgers, absent, aliases: new Map(claimed.flatMap(c => [...c.division.aliases])), parked }
}

const smallest = (clusters: readonly Cluster[]): string => clusters.map(c => c.id).sort()[0] ?? ''

const clustersOf = ({ groups, closed }: Snapshot, readingsOf: (group: string) => readonly Reading[]): readonly Cluster[] => {
  const members = new Map<string, string[]>()
  for (const { group, cluster } of groups.values()) members.set(cluster, [...(members.get(cluster) ?? []), group])
  return [...members].map(([id, list]) => ({ id, groups: list, division: divide(list.flatMap(readingsOf), closed) }))
}

const clockOf = (
  groups: readonly string[],
  states: ReadonlyMap<string, GroupState>,
): { readonly quiet: boolean; readonly idle: boolean } => ({
  quiet: groups.every(g => states.get(g)?.quiet === true),
  idle: groups.every(g => states.get(g)?.idle === true),
})

// What is kept must depend on neither order nor retries: the smallest by (start, key).
const limited = (readings: readonly Reading[], max: number): readonly Reading[] =>
  readings.length <= max
    ? readings
    : [...readings].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.key < b.key ? -1 : 1)).slice(0, max)

const marked = (ledger: Ledger | undefined, count: number, max: number): Ledger | undefined => {
  if (ledger === undefined || count <= max) return ledger
  const { run } = ledger
  const ours = run.metadata['runledger']
  const mark = { ...(typeof ours === 'object' && ours !== null && !Array.isArray(ours) ? ours : {}), beyond_limit: count - max }
  return { ...ledger, run: { ...run, metadata: { ...run.metadata, runledger: mark } } }
}
