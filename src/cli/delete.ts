import { type ClientOptions, createClient, resolveRun } from './client.ts'
import { ExitError } from './exit.ts'
import { isTerminal, print, printJson } from './output.ts'

export type DeleteOptions = ClientOptions & { readonly json?: boolean; readonly yes?: boolean }

/** Deletes runs for good, with their facts; what comes for them later is dropped. */
export const deleteRuns = async (runs: readonly string[], options: DeleteOptions): Promise<void> => {
  const client = createClient(options)
  // All are looked for before any goes.
  const ids = await Promise.all(runs.map(run => resolveRun(client, run)))
  if (options.yes !== true) throw new ExitError('usage', `This deletes for good; say --yes:\n${ids.map(id => `  ${id}`).join('\n')}`)
  for (const id of ids) {
    await client.remove(`/api/runs/${id}`)
    await (isTerminal(options.json) ? print(`Deleted ${id}`) : printJson({ deleted: id }))
  }
}
