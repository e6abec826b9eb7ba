import type { JsonObject } from '../model/json.ts'
import type { Node } from './tree.ts'

/**
 * How a run was sampled, where its spans say so: the smallest probability that one of them was kept with, who said it, and
 * how many parents are `missing`: left out on the way, not lost. Undefined for a run that nobody sampled.
 */
export const sampledOf = (nodes: readonly Node[], missing: number): JsonObject | undefined => {
  const said = nodes.flatMap(n => n.reading.sampling ?? [])
  const least = said.toSorted((a, b) => a.probability - b.probability || (a.by < b.by ? -1 : 1))[0]
  if (least === undefined) return undefined
  return { probability: least.probability, by: least.by, missing_parents: missing }
}
