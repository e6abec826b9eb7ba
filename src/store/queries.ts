import type { Knex } from 'knex'
import type { ReadChanges } from '../model/event.ts'
import type { ReadFeed } from '../model/feed.ts'
import { artifactContent } from './artifact-contents.ts'
import { digestedSteps } from './compare-queries.ts'
import { deleteRun } from './delete-run.ts'
import { readChanges, readRun } from './event-queries.ts'
import { readFactParts } from './facts.ts'
import { readFeed } from './feed.ts'
import { schemaState } from './migrate.ts'
import { findQuarantined, pageQuarantine } from './quarantine-queries.ts'
import { facetRunsBy, pageRuns, runItems } from './run-list.ts'
import { findRun, revisionsOf, runIdsFrom, runMarks } from './run-queries.ts'
import { stageFigures } from './stage-figures.ts'
import { intakeFigures, readStats } from './stats-queries.ts'
import { pageSteps, sliceStep } from './step-list.ts'
import { findStep, listArtifacts } from './step-queries.ts'
import { findTrace } from './trace-queries.ts'

type Bound<F> = F extends (db: Knex, ...args: infer A) => infer R ? (...args: A) => R : never

/** Everything that is read of the rows, and what a reader may delete, bound to a pool of its own so that readers can't starve writers. */
export type Queries = {
  readonly pageRuns: Bound<typeof pageRuns>
  readonly runItems: Bound<typeof runItems>
  readonly facetRunsBy: Bound<typeof facetRunsBy>
  readonly findRun: Bound<typeof findRun>
  readonly runMarks: Bound<typeof runMarks>
  readonly deleteRun: Bound<typeof deleteRun>
  readonly pageSteps: Bound<typeof pageSteps>
  readonly sliceStep: Bound<typeof sliceStep>
  readonly findStep: Bound<typeof findStep>
  readonly digestedSteps: Bound<typeof digestedSteps>
  readonly listArtifacts: Bound<typeof listArtifacts>
  readonly artifactContent: Bound<typeof artifactContent>
  readonly findTrace: Bound<typeof findTrace>
  readonly readFactParts: Bound<typeof readFactParts>
  readonly pageQuarantine: Bound<typeof pageQuarantine>
  readonly findQuarantined: Bound<typeof findQuarantined>
  readonly readStats: Bound<typeof readStats>
  readonly intakeFigures: Bound<typeof intakeFigures>
  readonly readChanges: ReadChanges
  readonly readRun: ReadChanges
  readonly readFeed: ReadFeed
  readonly runIdsFrom: Bound<typeof runIdsFrom>
  readonly revisionsOf: Bound<typeof revisionsOf>
  readonly stageFigures: Bound<typeof stageFigures>
  readonly schemaState: Bound<typeof schemaState>
}

export const createQueries = (db: Knex): Queries => ({
  pageRuns: (...args) => pageRuns(db, ...args),
  runItems: ids => runItems(db, ids),
  facetRunsBy: conditions => facetRunsBy(db, conditions),
  findRun: (...args) => findRun(db, ...args),
  runMarks: id => runMarks(db, id),
  deleteRun: id => deleteRun(db, id),
  pageSteps: (...args) => pageSteps(db, ...args),
  sliceStep: (...args) => sliceStep(db, ...args),
  findStep: (...args) => findStep(db, ...args),
  digestedSteps: (...args) => digestedSteps(db, ...args),
  listArtifacts: (...args) => listArtifacts(db, ...args),
  artifactContent: (...args) => artifactContent(db, ...args),
  findTrace: (...args) => findTrace(db, ...args),
  readFactParts: (...args) => readFactParts(db, ...args),
  pageQuarantine: page => pageQuarantine(db, page),
  findQuarantined: id => findQuarantined(db, id),
  readStats: (...args) => readStats(db, ...args),
  intakeFigures: () => intakeFigures(db),
  readChanges: (run, ask) => readChanges(db, run, ask),
  readRun: run => readRun(db, run),
  readFeed: (after, limit) => readFeed(db, after, limit),
  runIdsFrom: digits => runIdsFrom(db, digits),
  revisionsOf: runs => revisionsOf(db, runs),
  stageFigures: () => stageFigures(db),
  schemaState: () => schemaState(db),
})
