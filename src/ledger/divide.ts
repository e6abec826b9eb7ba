import type { Reading } from '../conventions/reading.ts'
import { runIdFromName, uuidFromHex } from '../model/uuid.ts'
import { createAgreed } from './agreed.ts'
import { episodesOf } from './episodes.ts'
import { unique } from './unique.ts'

export type Division = {
  readonly runs: ReadonlyMap<string, readonly Reading[]>
  /** Trace ids that are no run, whose facts lie in exactly one. */
  readonly aliases: ReadonlyMap<string, string>
}

/**
 * The readings of one cluster, run by run. A reading's run: the one it names itself > its nearest ancestor's > the only one
 * its trace names > its resource's > its episode's > its trace. `closed`: pairs `run/group` that are not believed.
 */
export const divide = (readings: readonly Reading[], closed: ReadonlySet<string>): Division => {
  const facts = unique(readings)
  const believed = (name: string | undefined, { group }: Reading): string | undefined => {
    const run = name ? runIdFromName(name) : undefined
    return run === undefined || closed.has(`${run}/${group}`) ? undefined : run
  }
  const byKey: ByKey = new Map(facts.map(r => [r.key, r]))
  const named = namedRuns(facts, byKey, reading => believed(reading.told?.runId, reading))
  const ofTrace = createAgreed()
  for (const reading of facts) ofTrace.say(reading.traceId, named.get(reading))
  const episodeOf = episodesOf(facts)
  const runOf = (reading: Reading): string =>
    named.get(reading) ??
    ofTrace.of(reading.traceId) ??
    believed(reading.resource?.runId, reading) ??
    episodeOf(reading) ??
    traceRun(reading)
  const runs = Map.groupBy(facts, runOf)
  return { runs: runs.size > 1 ? placed(runs, byKey) : runs, aliases: aliasesOf(runs) }
}

type ByKey = ReadonlyMap<string, Reading>

// A run knows its own spans alone: that a parent is there, in another run, it has to be told.
const placed = (runs: ReadonlyMap<string, readonly Reading[]>, byKey: ByKey): ReadonlyMap<string, readonly Reading[]> => {
  const runOf = new Map([...runs].flatMap(([run, list]) => list.map(reading => [reading, run] as const)))
  const told = (reading: Reading, run: string): Reading => {
    const parent = parentOf(reading, byKey)
    return parent === undefined || runOf.get(parent) === run ? reading : { ...reading, liesElsewhere: true }
  }
  return new Map([...runs].map(([run, list]) => [run, list.map(reading => told(reading, run))]))
}

const traceRun = ({ traceId, group }: Reading): string => (traceId === undefined ? group : uuidFromHex(traceId))

/** The run each reading names itself, or its nearest ancestor does. */
const namedRuns = (
  facts: readonly Reading[],
  byKey: ByKey,
  own: (reading: Reading) => string | undefined,
): ReadonlyMap<Reading, string | undefined> => {
  const named = new Map<Reading, string | undefined>()
  for (const reading of facts) {
    const path = new Set<Reading>()
    let found: string | undefined
    for (let at: Reading | undefined = reading; at !== undefined && !path.has(at); at = parentOf(at, byKey)) {
      found = named.get(at) ?? own(at)
      path.add(at)
      if (found !== undefined || named.has(at)) break
    }
    for (const at of path) named.set(at, found)
  }
  return named
}

const parentOf = (reading: Reading, byKey: ByKey): Reading | undefined => {
  const parent = reading.about === 'span' ? reading.parent : reading.spanId
  return parent === undefined ? undefined : byKey.get(`${reading.traceId}/${parent}`)
}

const aliasesOf = (runs: ReadonlyMap<string, readonly Reading[]>): ReadonlyMap<string, string> => {
  const owner = createAgreed()
  for (const [run, readings] of runs) for (const { traceId } of readings) owner.say(traceId, run)
  const aliases = owner.entries().map(([trace, run]) => [uuidFromHex(trace), run] as const)
  return new Map(aliases.filter(([alias, run]) => alias !== run && !runs.has(alias)))
}
