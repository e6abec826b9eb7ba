import { setTimeout as sleep } from 'node:timers/promises'
import { loadConventions } from '../convention-files.ts'
import { readItemWith } from '../conventions/index.ts'
import { MAPPING_VERSION } from '../ledger/index.ts'
import { createLog } from '../log.ts'
import { projectOnceWith } from '../projector.ts'
import { countGroups, markForRebuild, type RebuildScope, waitingGroups } from '../store/rebuild.ts'
import { withLedger } from './database.ts'
import { ExitError } from './exit.ts'
import { createProgress, isTerminal, print, printJson } from './output.ts'
import { wholeRunIds } from './run-ids.ts'
import { instantBefore } from './runs.ts'

export type RebuildOptions = {
  readonly json?: boolean
  readonly all?: boolean
  readonly older?: boolean
  readonly from?: string
  readonly until?: string
}

/** Groups that wait at once: what comes in meanwhile waits behind so many, not behind all. */
const groupsABatch = 64
const pauseMs = 50

/** Makes the rows of runs anew from the journal, while servers go on: they help, and none has to run. */
export const rebuild = (runs: readonly string[], options: RebuildOptions): Promise<void> =>
  withLedger(async (db, settings) => {
    const scope = scopeFrom(await wholeRunIds(db, runs), options)
    const total = await countGroups(db, scope)
    if (total === 0) throw new ExitError('nothing', 'There is nothing of that in the journal')
    const changed = new Set<string>()
    const onCommitted = (news: readonly { readonly run: string }[]): void => {
      for (const { run } of news) changed.add(run)
    }
    const readItem = readItemWith(await loadConventions(settings.conventions))
    const projectOnce = projectOnceWith({ db, log: createLog('error'), settings, lane: 'all', readItem, onCommitted })
    const progress = createProgress('traces and conversations')
    let done = 0
    const projected = async (batch: readonly string[]): Promise<void> => {
      for (let waiting = batch.length; waiting > 0; waiting = await waitingGroups(db, batch)) {
        progress.at(done + batch.length - waiting, total)
        if ((await projectOnce()) === 0) await sleep(pauseMs)
      }
      done += batch.length
    }
    let batch = await markForRebuild(db, scope, undefined, groupsABatch)
    while (batch.length > 0) {
      await projected(batch)
      batch = await markForRebuild(db, scope, batch.at(-1), groupsABatch)
    }
    progress.end()
    // What a server has done of it is not counted here.
    const told = { rebuilt: done, changed_here: changed.size }
    await (isTerminal(options.json)
      ? print(`${done} traces and conversations were rebuilt; ${changed.size} runs changed.`)
      : printJson(told))
  })

const scopeFrom = (runs: readonly string[], { all, older, from, until }: RebuildOptions): RebuildScope => {
  const ways = [runs.length > 0, all === true, older === true, from !== undefined || until !== undefined].filter(way => way)
  if (ways.length !== 1) throw new ExitError('usage', 'Say what is to be rebuilt: runs by their ids, --from and --until, --older, or --all')
  return {
    ...(runs.length === 0 ? {} : { runs }),
    from: from === undefined ? undefined : new Date(instantBefore(from)),
    to: until === undefined ? undefined : new Date(instantBefore(until)),
    olderThan: older === true ? MAPPING_VERSION : undefined,
  }
}
