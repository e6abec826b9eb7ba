import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'

const patienceMs = 30_000

/** Resolves when everything that was received is in the rows. */
export const drained = async (db: Knex): Promise<void> => {
  const until = Date.now() + patienceMs
  for (;;) {
    const { rows } = await db.raw('select (select count(*) from obs_inbox) + (select count(*) from obs_dirty) as waiting')
    if (rows[0].waiting === '0') return
    if (Date.now() > until) throw new Error(`${rows[0].waiting} requests or groups still wait after ${patienceMs} ms`)
    await sleep(20)
  }
}
