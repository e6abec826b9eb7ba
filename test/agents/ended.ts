import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'

const patienceMs = 10_000

/** Resolves when no run goes on, or after 10 s. Where a package never ends its outermost span, only silence tells that a run is over. */
export const ended = async (db: Knex): Promise<void> => {
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const [going] = await db('obs_runs').whereIn('status', ['pending', 'running']).limit(1)
    if (going === undefined) return
    await sleep(20)
  }
}
