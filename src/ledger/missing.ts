import type { Node } from './tree.ts'

/**
 * Spans that are not there though something of the run lies in them, `traceId/spanId`, each once, in their order. Where all
 * of a trace lies in one such span, that is who called the agent, and not of the run.
 */
export const missingParents = (nodes: readonly Node[]): readonly string[] => {
  if (!nodes.some(isOrphan)) return []
  const there = new Set(nodes.map(n => n.reading.key))
  const rooted = new Set(nodes.flatMap(({ reading }) => (reading.parent === undefined ? [reading.traceId] : [])))
  const byTrace = new Map<string | undefined, Set<string>>()
  for (const node of nodes) {
    const { traceId, parent } = node.root.reading
    const key = `${traceId}/${parent}`
    // Where a cycle was cut the parent is there.
    if (!isOrphan(node.root) || there.has(key) || !isSomething(node)) continue
    byTrace.set(traceId, (byTrace.get(traceId) ?? new Set()).add(key))
  }
  return [...byTrace].flatMap(([trace, parents]) => (parents.size > 1 || rooted.has(trace) ? [...parents] : [])).toSorted()
}

const isOrphan = ({ parent, reading }: Node): boolean =>
  parent === undefined && reading.parent !== undefined && reading.liesElsewhere !== true

const isSomething = ({ reading: { role, told } }: Node): boolean => (role !== 'other' && role !== 'detail') || told?.stepType !== undefined
