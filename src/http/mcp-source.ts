import type { Source } from '../mcp/index.ts'
import type { Queries } from '../store/queries.ts'
import { comparisonOf, presentRun } from './compared.ts'
import { Problem } from './problem.ts'
import { cursorText } from './query.ts'
import { conditionsFrom, runCursorFrom } from './runs-query.ts'

const artifactsAPage = 500

/** What the MCP tools read, from the database, by the rules of the API's routes. `refusal` makes of a Problem what the tools tell. */
export const mcpSource = (queries: Queries, refusal: (message: string) => Error): Source => {
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      throw refusal([error.message, ...error.errors.map(mistake => mistake.detail)].join('; '))
    }
  }
  const runOf = async (id: string) => {
    const run = await presentRun(queries, id, 'whole')
    if (run === undefined) throw new Problem(404, `There is no run ${id}`)
    return run
  }
  const present = async <T>(found: Promise<T | undefined>, missing: string): Promise<T> => {
    const value = await found
    if (value === undefined) throw new Problem(404, missing)
    return value
  }
  return {
    runs: ({ q, limit, cursor }) =>
      told(async () => {
        const conditions = conditionsFrom({ q })
        const after = cursor === undefined ? undefined : runCursorFrom(cursor, conditions)
        const { items, next } = await queries.pageRuns(conditions, { limit, after })
        return { items: [...items], next: next === null ? null : cursorText([next.createdAt, next.id], conditions) }
      }),
    run: id =>
      told(async () => {
        const run = await runOf(id)
        return { ...run, ...(await queries.runMarks(run.id)) }
      }),
    steps: (id, after, limit) =>
      told(async () => {
        const run = await runOf(id)
        const { items, next } = await queries.pageSteps(run.id, after, limit)
        return { items: [...items], next, revision: run.revision }
      }),
    step: (id, step) => told(async () => present(queries.findStep((await runOf(id)).id, step), `There is no step ${step}`)),
    artifacts: id =>
      told(async () => {
        const { items, next } = await queries.listArtifacts((await runOf(id)).id, undefined, artifactsAPage)
        return { items: [...items], next }
      }),
    artifact: (id, artifact) =>
      told(async () => {
        const { mime_type, bytes } = await present(
          queries.artifactContent((await runOf(id)).id, artifact),
          'There is no such artifact, or only its path and digest are known',
        )
        return { type: mime_type ?? 'application/octet-stream', bytes }
      }),
    compare: (a, b) => told(() => comparisonOf(queries, a, b)),
  }
}
