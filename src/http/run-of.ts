import type { Request, Response } from 'express'
import type { Run } from '../model/run.ts'
import { isUuid } from '../model/uuid.ts'
import type { Queries } from '../store/queries.ts'
import { Problem } from './problem.ts'

type OfRun = Request<Record<string, string>>

/** The id of the run that a path names, in lower case. Throws Problem 404 where it is no UUID. */
export const runIdOf = (request: OfRun, name = 'id'): string => {
  const id = request.params[name] ?? ''
  if (!isUuid(id)) throw new Problem(404, `Expected the id of a run to be a UUID, got "${id.slice(0, 100)}"`)
  return id.toLowerCase()
}

/**
 * The run that a request names. Where the same is found elsewhere by now the response is a redirect, not for ever, since it may
 * come back, and the answer is undefined. Throws Problem 404 or 410 where there is none.
 */
export const runOf = async (
  queries: Pick<Queries, 'findRun'>,
  request: OfRun,
  response: Response,
  size: 'whole' | 'inline' = 'inline',
): Promise<Run | undefined> => {
  const id = runIdOf(request)
  const found = await queries.findRun(id, size)
  if (found.kind === 'run') return found.run
  if (found.kind === 'moved') {
    response.redirect(307, request.originalUrl.replace(/\/runs\/[^/?]+/, `/runs/${found.to}`))
    return undefined
  }
  throw found.kind === 'gone'
    ? new Problem(410, `Run ${id} has been deleted, or its steps are other runs' now`)
    : new Problem(404, `There is no run ${id}`)
}
