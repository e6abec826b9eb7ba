import type { Ledger } from '../model/ledger.ts'
import { type ArtifactRow, artifactRow, type RunRow, runRow, type StepRow, stepRow } from './row-encode.ts'

/** What is stored of one run, as far as a difference needs it. Digests are hex. */
export type StoredRun = {
  readonly revision: bigint
  readonly digest: string | null
  readonly steps: ReadonlyMap<string, { readonly sequence: number; readonly digest: string }>
  readonly artifacts: ReadonlyMap<string, string>
}

/** What one commit does to one run. */
export type RunChange = {
  readonly run: RunRow
  readonly revision: bigint
  readonly settled: boolean
  readonly addedSteps: readonly StepRow[]
  readonly updatedSteps: readonly StepRow[]
  readonly movedSteps: readonly { readonly id: string; readonly sequence: number }[]
  readonly removedSteps: readonly string[]
  readonly addedArtifacts: readonly ArtifactRow[]
  readonly updatedArtifacts: readonly ArtifactRow[]
  readonly removedArtifacts: readonly string[]
}

/** The difference between a ledger and its stored rows; undefined where they are equal. */
export const diffRun = (ledger: Ledger, clusterId: string, settled: boolean, stored: StoredRun): RunChange | undefined => {
  const steps = ledger.steps.map(stepRow)
  const artifacts = ledger.artifacts.map(artifactRow)
  const run = runRow(ledger.run, clusterId, steps.length, artifacts.length)
  const known = (row: StepRow) => stored.steps.get(row.step.id)
  const change: RunChange = {
    run,
    revision: stored.revision + 1n,
    settled,
    addedSteps: steps.filter(row => known(row) === undefined),
    updatedSteps: steps.filter(row => known(row) !== undefined && known(row)?.digest !== row.digest.toString('hex')),
    movedSteps: steps
      .filter(row => known(row)?.digest === row.digest.toString('hex') && known(row)?.sequence !== row.step.sequence)
      .map(({ step }) => ({ id: step.id, sequence: step.sequence })),
    removedSteps: missing(
      stored.steps,
      steps.map(row => row.step.id),
    ),
    addedArtifacts: artifacts.filter(row => !stored.artifacts.has(row.id)),
    updatedArtifacts: artifacts.filter(row => stored.artifacts.has(row.id) && stored.artifacts.get(row.id) !== row.digest.toString('hex')),
    removedArtifacts: missing(
      stored.artifacts,
      artifacts.map(row => row.id),
    ),
  }
  return stored.digest === run.digest.toString('hex') && isEmpty(change) ? undefined : change
}

const missing = (stored: ReadonlyMap<string, unknown>, ids: readonly string[]): readonly string[] => {
  const now = new Set(ids)
  return [...stored.keys()].filter(id => !now.has(id))
}

const isEmpty = (c: RunChange): boolean =>
  [c.addedSteps, c.updatedSteps, c.movedSteps, c.removedSteps, c.addedArtifacts, c.updatedArtifacts, c.removedArtifacts].every(
    list => list.length === 0,
  )
