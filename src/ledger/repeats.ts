import type { ErrorFacts } from '../conventions/reading.ts'
import { outermostAgents } from './agents.ts'
import { isTool, type Node, topDown } from './tree.ts'

/** Spans whose error one below them tells already: the message is the same, and the code where both say one. */
export const repeatsFrom = (
  nodes: readonly Node[],
  errorOf: (node: Node) => ErrorFacts | undefined,
  tells: (node: Node) => boolean,
): ReadonlySet<Node> => {
  const repeats = new Set<Node>()
  const below = new Map<Node, Set<string>>()
  const outer = [outermostAgents(nodes)[0], nodes.find(node => node.reading.parent === undefined)]
  const aroundOf = (node: Node): Node | undefined => node.parent ?? outer.find(one => isWithin(node, one))
  for (const node of orphansFirst(topDown(nodes).toReversed())) {
    const told = below.get(node) ?? new Set<string>()
    below.delete(node)
    const error = errorOf(node)
    if (error !== undefined && isTold(error, told)) repeats.add(node)
    if (error !== undefined && tells(node)) for (const one of signatures(error, isTool(node))) told.add(one)
    const around = told.size === 0 ? undefined : aroundOf(node)
    if (around !== undefined) below.set(around, union(below.get(around), told))
  }
  return repeats
}

const isTold = (error: ErrorFacts, told: ReadonlySet<string>): boolean => wanted(error).some(one => told.has(one)) || quotes(error, told)

const orphansFirst = (nodes: readonly Node[]): readonly Node[] => {
  const isOrphaned = ({ root }: Node): boolean => root.reading.parent !== undefined
  return [...nodes.filter(isOrphaned), ...nodes.filter(node => !isOrphaned(node))]
}

// What was between an orphan and the run's first agent, or root, never came.
const isWithin = (orphan: Node, outer: Node | undefined): boolean =>
  orphan.reading.parent !== undefined &&
  outer !== undefined &&
  outer.root !== orphan &&
  outer.begins <= orphan.begins &&
  orphan.ends <= outer.ends

/** More errors below than this are not looked for in the message of the one above, nor shorter ones: what they say may be chance. */
const maxQuoted = 50
const minQuoted = 12

// "Error in agent run: {…}" around what the model call said.
const quotes = ({ message }: ErrorFacts, told: ReadonlySet<string>): boolean =>
  told.size <= maxQuoted && [...told].some(one => one.startsWith('any\n') && one.length >= minQuoted + 4 && message.includes(one.slice(4)))

// `*`: any code. A tool's failure comes up as its caller's, whatever the code.
const signatures = ({ message, code }: ErrorFacts, isTool: boolean): readonly string[] =>
  isTool || code === undefined ? [`*\n${message}`, `any\n${message}`] : [`=${code}\n${message}`, `any\n${message}`]

const wanted = ({ message, code }: ErrorFacts): readonly string[] =>
  code === undefined ? [`any\n${message}`] : [`*\n${message}`, `=${code}\n${message}`]

// The smaller goes into the larger: a deep chain of errors costs no more than a flat one.
const union = (a: Set<string> | undefined, b: Set<string>): Set<string> => {
  if (a === undefined) return b
  const [larger, smaller] = a.size < b.size ? [b, a] : [a, b]
  for (const one of smaller) larger.add(one)
  return larger
}
