import { errorSummary } from './error-summary.ts'
import type { Log } from './log.ts'

/** A loop over the work of one stage: it runs while there is work, sleeps until woken, and looks by itself now and then. */
export type Stage = {
  readonly wake: () => void
  /** Ends the loop after the batch under way. Safe to call twice. */
  readonly stop: () => Promise<void>
}

type StageOptions = {
  readonly name: string
  /** One batch; returns how much it did. 0: nothing to do, sleep. */
  readonly once: () => Promise<number>
  /** Longest sleep: other replicas' work is found by looking. */
  readonly pollMs: number | (() => number)
  readonly log: Log
}

const maxBackoffMs = 5_000

/** Starts the loop. An error is logged and tried again with a growing pause: the work is in the tables and waits. */
export const createStage = ({ name, once, pollMs, log }: StageOptions): Stage => {
  let stopped = false
  let woken = false
  let wakeUp = (): void => undefined
  const sleep = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  let failures = 0
  const turn = async (): Promise<void> => {
    try {
      const did = await once()
      failures = 0
      if (did === 0 && !woken && !stopped) await sleep(typeof pollMs === 'number' ? pollMs : pollMs())
    } catch (error) {
      failures += 1
      log.warn({ stage: name, failures, error: errorSummary(error) }, 'a stage failed and will try again')
      if (!stopped) await sleep(Math.min(maxBackoffMs, 100 * 2 ** failures))
    }
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      woken = false
      await turn()
    }
  }
  const running = loop()
  const wake = (): void => {
    woken = true
    wakeUp()
  }
  return {
    wake,
    stop: async () => {
      stopped = true
      wakeUp()
      await running
    },
  }
}
