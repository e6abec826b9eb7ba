import type { Knex } from 'knex'
import type { ReadChanges } from '../model/event.ts'
import { artifactContent } from './artifact-contents.ts'
import { readChanges } from './event-queries.ts'
import { schemaState } from './migrate.ts'
import { findRun, listRuns, revisionsOf, runMarks } from './run-queries.ts'
import { stageFigures } from './stage-figures.ts'
import { findStep, listArtifacts, listSteps } from './step-queries.ts'
import { findTrace } from './trace-queries.ts'

type Bound<F> = F extends (db: Knex, ...args: infer A) => infer R ? (...args: A) => R : never

/** Everything that is read of the rows, bound to a pool of its own so that readers can't starve writers. */
export type Queries = {
  readonly listRuns: Bound<typeof listRuns>
  readonly findRun: Bound<typeof findRun>
  readonly runMarks: Bound<typeof runMarks>
  readonly listSteps: Bound<typeof listSteps>
  readonly findStep: Bound<typeof findStep>
  readonly listArtifacts: Bound<typeof listArtifacts>
  readonly artifactContent: Bound<typeof artifactContent>
  readonly findTrace: Bound<typeof findTrace>
  readonly readChanges: ReadChanges
  readonly revisionsOf: Bound<typeof revisionsOf>
  readonly stageFigures: Bound<typeof stageFigures>
  readonly schemaState: Bound<typeof schemaState>
}

export const createQueries = (db: Knex): Queries => ({
  listRuns: (...args) => listRuns(db, ...args),
  findRun: (...args) => findRun(db, ...args),
  runMarks: (...args) => runMarks(db, ...args),
  listSteps: (...args) => listSteps(db, ...args),
  findStep: (...args) => findStep(db, ...args),
  listArtifacts: (...args) => listArtifacts(db, ...args),
  artifactContent: (...args) => artifactContent(db, ...args),
  findTrace: (...args) => findTrace(db, ...args),
  readChanges: (run, ask) => readChanges(db, run, ask),
  revisionsOf: (...args) => revisionsOf(db, ...args),
  stageFigures: () => stageFigures(db),
  schemaState: () => schemaState(db),
})
