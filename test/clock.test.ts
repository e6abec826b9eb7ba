import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { assemble } from '../src/ledger/index.ts'
import { decide } from '../src/store/decisions.ts'
import { beat } from '../src/store/receivers.ts'
import { journalSpans, newSpan, newTrace, projectAll, projectorOf, runOfTrace, thought } from './projector-facts.ts'
import { testDatabase } from './support/database.ts'

const graceMs = 10_000
const idleMs = 600_000
const unsorted = { signal: 'traces', content_type: 'json', content_encoding: 'identity', format: 1, items: 1, payload: Buffer.from('{}') }

/** As if everything so far had happened `minutes` earlier. */
const timePasses = async (db: Knex, minutes: number): Promise<void> => {
  const ago = (column: string) => db.raw(`?? - ? * interval '1 minute'`, [column, minutes])
  await db('obs_groups').update({ last_fact_at: ago('last_fact_at') })
  await db('obs_receivers').update({ started_at: ago('started_at'), beat_at: ago('beat_at'), stretch_from: ago('stretch_from') })
  await db('obs_inbox').update({ received_at: ago('received_at') })
}

describe('decide', () => {
  const database = testDatabase()
  const receiver = randomUUID()

  beforeEach(async () => {
    for (const table of ['obs_inbox', 'obs_receivers', 'obs_runs', 'obs_dirty', 'obs_projections', 'obs_journal', 'obs_groups'])
      await database.db(table).delete()
  })

  /** Minutes with a heartbeat each ten seconds, as one does that is up. */
  const runFor = async (minutes: number): Promise<void> => {
    await timePasses(database.db, minutes)
    await database.db('obs_receivers').update({ beat_at: database.db.raw('clock_timestamp()') })
    await beat(database.db, receiver)
  }
  /** Minutes without one; then the receiver is there again. */
  const outageOf = async (minutes: number): Promise<void> => {
    await timePasses(database.db, minutes)
    await beat(database.db, receiver)
  }
  const tick = async (): Promise<number> => {
    const decided = await decide(database.db, graceMs, idleMs)
    await projectAll(database.db, projectOnce)
    return decided
  }
  const projectOnce = () => projectorOf(database.db)()
  const statusOf = async (trace: string): Promise<unknown> =>
    (await database.db('obs_runs').where('id', runOfTrace(trace)).first('status'))?.status

  /** A run whose root has not come: one thought of it. */
  const openRun = async (trace = newTrace()): Promise<string> => {
    await beat(database.db, receiver)
    await journalSpans(database.db, [thought({ trace, parent: newSpan() }, 'one')])
    await projectAll(database.db, projectOnce)
    return trace
  }

  it('settles a run without a root once nothing has come for the idle timeout, and says when', async () => {
    const trace = await openRun()
    await runFor(9)
    await tick()
    assert.equal(await statusOf(trace), 'running')
    await runFor(2)
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
    assert.notEqual((await database.db('obs_runs').where('id', runOfTrace(trace)).first())?.settled_at, null)
    assert.equal(await decide(database.db, graceMs, idleMs), 0)
  })

  it('settles nothing because of an outage, and counts from its end', async () => {
    const trace = await openRun()
    await outageOf(30)
    await tick()
    assert.equal(await statusOf(trace), 'running')
    await runFor(9)
    await tick()
    assert.equal(await statusOf(trace), 'running')
    await runFor(2)
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
  })

  it('goes on counting when one receiver follows another at once', async () => {
    const trace = await openRun()
    await runFor(9)
    await beat(database.db, randomUUID())
    await runFor(2)
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
  })

  it('takes none while something received before is unsorted', async () => {
    const { db } = database
    const trace = await openRun()
    await db('obs_inbox').insert(unsorted)
    await runFor(20)
    await tick()
    assert.equal(await statusOf(trace), 'running')
    await db('obs_inbox').delete()
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
  })

  it('is not held up by requests of a format that this program does not know', async () => {
    const { db } = database
    const trace = await openRun()
    await db('obs_inbox').insert({ ...unsorted, format: 999 })
    await runFor(20)
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
  })

  it('takes none of a group that is not projected as far as its facts', async () => {
    const trace = await openRun()
    await journalSpans(database.db, [thought({ trace, at: 5 }, 'two')])
    await runFor(20)
    assert.equal(await decide(database.db, graceMs, idleMs), 0)
  })

  it('is void with newer facts', async () => {
    const trace = await openRun()
    await runFor(20)
    await tick()
    await journalSpans(database.db, [thought({ trace, at: 5, parent: newSpan() }, 'two')])
    await projectAll(database.db, projectOnce)
    assert.equal(await statusOf(trace), 'running')
    assert.equal((await database.db('obs_runs').where('id', runOfTrace(trace)).first())?.settled_at, null)
    await runFor(20)
    await tick()
    assert.notEqual(await statusOf(trace), 'running')
  })

  it('makes a projection that has not seen it stale', async () => {
    const { db } = database
    const trace = await openRun()
    const commitsOf = async () => Number((await db('obs_projections').where('group_id', runOfTrace(trace)).first('commits'))?.commits)
    const before = await commitsOf()
    await runFor(20)
    assert.equal(await decide(db, graceMs, idleMs), 1)
    assert.equal(await commitsOf(), before + 1)
  })

  it('settles a run that a second trace has opened again', async () => {
    const { db } = database
    const attributes = { 'agent.run.id': 'scattered' }
    // Done with one trace alone, open with two until nothing more comes.
    const twoTraces = projectorOf(db, {
      assemble: (run, readings, clock) => {
        const ledger = assemble(run, readings, clock)
        const open = new Set(readings.map(r => r.group)).size > 1 && !clock.idle
        return ledger && { ...ledger, run: { ...ledger.run, status: open ? 'running' : 'completed' }, waits: open ? 'idle' : null }
      },
    })
    await beat(db, receiver)
    for (const at of [0, 5]) {
      await journalSpans(db, [thought({ trace: newTrace(), at, attributes }, 'one')])
      await projectAll(db, twoTraces)
    }
    assert.deepEqual(await db('obs_runs').pluck('status'), ['running'])
    await runFor(20)
    assert.equal(await decide(db, graceMs, idleMs), 2)
    await projectAll(db, twoTraces)
    assert.deepEqual(await db('obs_runs').pluck('status'), ['completed'])
  })
})
