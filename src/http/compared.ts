import type { Comparison } from '../model/api/comparison.ts'
import type { Run } from '../model/run.ts'
import type { Queries } from '../store/queries.ts'
import { compareRuns } from '../view/compare.ts'
import { Problem } from './problem.ts'

const maxComparedSteps = 5_000

/** Two runs side by side. Throws Problem 404 where one of them is not there. */
export const comparisonOf = async (queries: Queries, a: string, b: string): Promise<Comparison> => {
  const [one, other] = [await sideOf(queries, a), await sideOf(queries, b)]
  return compareRuns(one, other, one.truncated || other.truncated)
}

const sideOf = async (queries: Queries, id: string) => {
  const run = await presentRun(queries, id)
  const [item] = run === undefined ? [] : await queries.runItems([run.id])
  if (item === undefined) throw new Problem(404, `There is no run ${id}`)
  return { run: item, ...(await queries.digestedSteps(item.id, maxComparedSteps)) }
}

/** The run that `id` leads to by now, where there is one. */
export const presentRun = async (
  queries: Pick<Queries, 'findRun'>,
  id: string,
  size: 'whole' | 'inline' = 'inline',
): Promise<Run | undefined> => {
  const found = await queries.findRun(id.toLowerCase(), size)
  if (found.kind === 'moved') return presentRun(queries, found.to, size)
  return found.kind === 'run' ? found.run : undefined
}
