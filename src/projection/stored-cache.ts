import type { RunChange, StoredRun } from '../store/ledger-diff.ts'

/**
 * What this projector has written last of a run, good as long as nobody has written to any of its groups since: spares
 * reading thousands of digests for each projection of a long run.
 */
export type StoredCache = {
  /** Undefined unless `commits` of each group is what our own last commit left. */
  readonly known: (run: string, commits: ReadonlyMap<string, bigint>) => StoredRun | undefined
  readonly keep: (change: RunChange, before: StoredRun, commits: ReadonlyMap<string, bigint>) => void
  /** The run was projected and nothing changed, but its groups were counted up. */
  readonly renew: (run: string, stored: StoredRun, commits: ReadonlyMap<string, bigint>) => void
  readonly forget: (run: string) => void
}

type Entry = { readonly stored: StoredRun; readonly commits: ReadonlyMap<string, bigint> }

/** Bounded by the number of steps and artifacts remembered; the run used longest ago goes first. */
export const createStoredCache = (maxRows: number): StoredCache => {
  const entries = new Map<string, Entry>()
  let rows = 0
  const forget = (run: string): void => {
    const entry = entries.get(run)
    if (entry === undefined) return
    rows -= sizeOf(entry.stored)
    entries.delete(run)
  }
  const renew = (run: string, stored: StoredRun, commits: ReadonlyMap<string, bigint>): void => {
    forget(run)
    entries.set(run, { stored, commits })
    rows += sizeOf(stored)
    for (const oldest of entries.keys()) {
      if (rows <= maxRows) return
      forget(oldest)
    }
  }
  return {
    known: (run, commits) => {
      const entry = entries.get(run)
      if (entry === undefined || entry.commits.size !== commits.size) return undefined
      for (const [group, n] of commits) if (entry.commits.get(group) !== n) return undefined
      return entry.stored
    },
    keep: (change, before, commits) => renew(change.run.id, after(change, before), commits),
    renew,
    forget,
  }
}

const sizeOf = ({ steps, artifacts }: StoredRun): number => steps.size + artifacts.size + 1

const after = (change: RunChange, before: StoredRun): StoredRun => {
  const steps = new Map(before.steps)
  const artifacts = new Map(before.artifacts)
  for (const id of change.removedSteps) steps.delete(id)
  for (const id of change.removedArtifacts) artifacts.delete(id)
  for (const { id, sequence } of change.movedSteps) steps.set(id, { sequence, digest: steps.get(id)?.digest ?? '' })
  for (const row of [...change.updatedSteps, ...change.addedSteps])
    steps.set(row.step.id, { sequence: row.step.sequence, digest: row.digest.toString('hex') })
  for (const row of [...change.updatedArtifacts, ...change.addedArtifacts]) artifacts.set(row.id, row.digest.toString('hex'))
  return { revision: change.revision, digest: change.run.digest.toString('hex'), steps, artifacts }
}
