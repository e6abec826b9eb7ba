import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import type { Log } from './log.ts'
import { createStage, type Stage } from './stage.ts'
import { decide } from './store/decisions.ts'
import { foldQuiet } from './store/folding.ts'
import { beat } from './store/receivers.ts'
import { sweepUnclaimed } from './store/retention.ts'

export type ClockSettings = { readonly graceMs: number; readonly idleTimeoutMs: number; readonly unclaimedRetentionMs: number }
export type ClockOptions = { readonly db: Knex; readonly log: Log; readonly settings: ClockSettings; readonly onDecided: () => void }

const tickMs = 1_000
const sweepEveryTicks = 30
/** A group without news for so long is folded. */
const foldAfterMs = 10 * 60_000

/** Once a second: a heartbeat of this receiver, then the decisions that are due; now and then the sweep of unclaimed traces and the folding of quiet ones. */
export const createClock = ({ db, log, settings, onDecided }: ClockOptions): Stage => {
  const id = randomUUID()
  let ticks = 0
  const tick = async (): Promise<number> => {
    await beat(db, id)
    if ((await decide(db, settings.graceMs, settings.idleTimeoutMs)) > 0) onDecided()
    ticks += 1
    if (ticks % sweepEveryTicks === 0) {
      const groups = await sweepUnclaimed(db, settings.unclaimedRetentionMs)
      if (groups > 0) log.info({ groups }, 'traces without an agent were dropped')
      await foldQuiet(db, foldAfterMs)
    }
    return 0
  }
  return createStage({ name: 'clock', once: tick, pollMs: tickMs, log })
}
