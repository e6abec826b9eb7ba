import type { Reading } from '../conventions/reading.ts'
import { NAMESPACE, runIdFromName, uuidFromHex, uuidV5 } from '../model/uuid.ts'
import { compare, unique } from './unique.ts'

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
  const believed = (name: string | undefined, reading: Reading): string | undefined => {
    const run = name === undefined ? undefined : runIdFromName(name)
    return run === undefined || closed.has(`${run}/${reading.group}`) ? undefined : run
  }
  const byKey = new Map(facts.map(r => [r.key, r]))
  const inherited = new Map<Reading, string | undefined>()
  const named = (reading: Reading): string | undefined => namedRun(reading, byKey, inherited, r => believed(r.told?.runId, r))
  const byTrace = onlyRuns(facts, named)
  const episodes = episodeRuns(facts)
  const runs = new Map<string, Reading[]>()
  for (const reading of facts) {
    const only = reading.traceId === undefined ? undefined : byTrace.get(reading.traceId)
    const run =
      named(reading) ??
      (only?.size === 1 ? [...only][0] : undefined) ??
      believed(reading.resource?.runId, reading) ??
      episodes(reading) ??
      traceRun(reading)
    const list = runs.get(run)
    if (list === undefined) runs.set(run, [reading])
    else list.push(reading)
  }
  return { runs, aliases: aliasesOf(runs) }
}

const traceRun = (reading: Reading): string => (reading.traceId === undefined ? reading.group : uuidFromHex(reading.traceId))

const namedRun = (
  reading: Reading,
  byKey: ReadonlyMap<string, Reading>,
  inherited: Map<Reading, string | undefined>,
  own: (reading: Reading) => string | undefined,
): string | undefined => {
  const path: Reading[] = []
  let found: string | undefined
  for (let at: Reading | undefined = reading; at !== undefined && !path.includes(at); at = parentOf(at, byKey)) {
    if (inherited.has(at)) {
      found = inherited.get(at)
      break
    }
    found = own(at)
    path.push(at)
    if (found !== undefined || path.length > maxDepth) break
  }
  for (const at of path) inherited.set(at, found)
  return found
}

/** A longer chain of spans is no tree anybody made: the walk ends there. */
const maxDepth = 1_000

const parentOf = (reading: Reading, byKey: ReadonlyMap<string, Reading>): Reading | undefined => {
  const parent = reading.about === 'span' ? reading.parent : reading.spanId
  return parent === undefined ? undefined : byKey.get(`${reading.traceId}/${parent}`)
}

const onlyRuns = (facts: readonly Reading[], named: (reading: Reading) => string | undefined): ReadonlyMap<string, ReadonlySet<string>> => {
  const byTrace = new Map<string, Set<string>>()
  for (const reading of facts) {
    const run = named(reading)
    if (run === undefined || reading.traceId === undefined) continue
    byTrace.set(reading.traceId, (byTrace.get(reading.traceId) ?? new Set()).add(run))
  }
  return byTrace
}

type Opening = { readonly at: bigint; readonly ordinal: number; readonly run: string }

/** Runs that share a conversation: by the key they name, else by where one opens. A trace that belongs to an episode is its run's id. */
const episodeRuns = (facts: readonly Reading[]): ((reading: Reading) => string | undefined) => {
  const keyed = new Map<string, string>()
  const openings = new Map<string, Opening[]>()
  for (const { episode, traceId } of facts) {
    if (episode?.key === undefined) continue
    const name = `${episode.conversation}/${episode.key}`
    const run = traceId === undefined ? undefined : uuidFromHex(traceId)
    const known = keyed.get(name)
    if (run !== undefined && (known === undefined || run < known)) keyed.set(name, run)
  }
  for (const reading of facts) {
    const { episode } = reading
    if (episode?.opens !== true || episode.key !== undefined) continue
    const list = openings.get(episode.conversation) ?? []
    openings.set(episode.conversation, list)
    list.push({
      at: reading.start,
      ordinal: reading.ordinal ?? 0,
      run: uuidV5(NAMESPACE, `episode:${episode.conversation}\n${reading.start}\n${reading.ordinal ?? 0}`),
    })
  }
  for (const list of openings.values()) list.sort((a, b) => compare(a.at, b.at) || a.ordinal - b.ordinal)
  return reading => {
    const { episode } = reading
    if (episode === undefined) return undefined
    if (episode.key !== undefined)
      return keyed.get(`${episode.conversation}/${episode.key}`) ?? uuidV5(NAMESPACE, `episode:${episode.conversation}\n${episode.key}`)
    const list = openings.get(episode.conversation)
    return (
      (list?.findLast(o => o.at < reading.start || (o.at === reading.start && o.ordinal <= (reading.ordinal ?? 0))) ?? list?.[0])?.run ??
      uuidV5(NAMESPACE, `episode:${episode.conversation}`)
    )
  }
}

const aliasesOf = (runs: ReadonlyMap<string, readonly Reading[]>): ReadonlyMap<string, string> => {
  const owners = new Map<string, Set<string>>()
  for (const [run, readings] of runs)
    for (const r of readings) if (r.traceId !== undefined) owners.set(r.traceId, (owners.get(r.traceId) ?? new Set()).add(run))
  return new Map(
    [...owners].flatMap(([trace, of]) => {
      const alias = uuidFromHex(trace)
      const [run] = of
      return of.size === 1 && run !== undefined && run !== alias && !runs.has(alias) ? [[alias, run] as const] : []
    }),
  )
}
