import type { Knex } from 'knex'
import { isUuid } from '../model/uuid.ts'
import { runIdsFrom } from '../store/run-queries.ts'
import { ExitError } from './exit.ts'

/** The first ids of runs that begin with these hex digits, in lower case and without dashes. */
type Lookup = (digits: string) => Promise<readonly string[]>

/** The run an id or its beginning stands for; a whole id is not looked up. Throws ExitError where there is none, or several. */
export const wholeRunId = async (text: string, lookup: Lookup): Promise<string> => {
  const id = text.toLowerCase()
  if (isUuid(id)) return id
  const digits = id.replaceAll('-', '')
  if (!/^[0-9a-f]{1,32}$/.test(digits))
    throw new ExitError('usage', `Expected the id of a run or its beginning, got "${text.slice(0, 80)}"`)
  const [first, ...others] = await lookup(digits)
  if (first === undefined) throw new ExitError('nothing', `There is no run whose id begins with ${text}`)
  if (others.length > 0)
    throw new ExitError('usage', `Several runs begin with ${text}:\n${[first, ...others].map(it => `  ${it}`).join('\n')}`)
  return first
}

/** The same for several, from the database. */
export const wholeRunIds = (db: Knex, runs: readonly string[]): Promise<readonly string[]> =>
  Promise.all(runs.map(run => wholeRunId(run, digits => runIdsFrom(db, digits))))
