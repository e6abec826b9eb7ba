import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Log } from './log.ts'
import { createStage, type Stage } from './stage.ts'
import { stampFeed, trimFeed } from './store/feed.ts'

export type StamperOptions = {
  readonly db: Knex
  readonly log: Log
  /** Entries that the feed keeps. */
  readonly keep: number
  /** Told the newest entry, ours or another replica's. */
  readonly onStamped: (head: number) => void
  readonly isWatched: () => boolean
}

/** Other replicas' changes and entries are found by looking. */
const pollMs = 250
/** Changes that share a transaction: it flushes the log, which senders wait for too. */
const watchedPauseMs = 10
const unwatchedPauseMs = 250
const entriesBetweenTrims = 10_000

/** Gives committed changes their place in the feed, and wakes who reads it. Any number may run; one works at a time. */
export const createStamper = ({ db, log, keep, onStamped, isWatched }: StamperOptions): Stage => {
  let untrimmed = 0
  let told = 0
  const once = async (): Promise<number> => {
    const { stamped, head } = await stampFeed(db)
    if (head > told) onStamped(head)
    told = head
    if (stamped === 0) return 0
    untrimmed += stamped
    if (untrimmed >= Math.min(entriesBetweenTrims, keep)) {
      await trimFeed(db, keep)
      untrimmed = 0
    }
    await sleep(isWatched() ? watchedPauseMs : unwatchedPauseMs)
    return stamped
  }
  return createStage({ name: 'stamper', once, pollMs, log })
}
