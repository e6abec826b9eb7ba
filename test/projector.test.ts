import assert from 'node:assert/strict'
import { readItem } from '../src/conventions/index.ts'
import { assemble } from '../src/ledger/index.ts'
import { runIdFromName } from '../src/model/uuid.ts'
import type { ChangedRun } from '../src/projector.ts'
import {
  journalSpans,
  newSpan,
  newTrace,
  projectAll,
  projectorOf,
  runOfTrace,
  type SpanSaid,
  settings,
  textsOf,
  thought,
} from './projector-facts.ts'
import { testDatabase } from './support/database.ts'

/** A root and thoughts of `texts` below it, one second apart. */
const runOf = (trace: string, texts: readonly string[], attributes: SpanSaid['attributes'] = {}): readonly SpanSaid[] => {
  const root = newSpan()
  return [
    { trace, id: root, name: 'agent', at: 0, attributes: { 'agent.id': 'bot', ...attributes } },
    ...texts.map((text, i) => thought({ trace, parent: root, at: i + 1 }, text)),
  ]
}

const inParts = async <T>(parts: readonly T[], use: (part: T) => Promise<void>): Promise<void> => {
  for (const part of parts) await use(part)
}

describe('projectOnce', () => {
  const database = testDatabase()
  const dirty = () => database.db('obs_dirty').count<{ count: string }[]>().first()

  it('makes ordered rows of a run whose spans come late and twice, and says what changed', async () => {
    const { db } = database
    const changed: ChangedRun[] = []
    const trace = newTrace()
    const [root, first, second, third] = runOf(trace, ['one', 'two', 'three'])
    assert.ok(root && first && second && third)
    const projectOnce = projectorOf(db, { onCommitted: runs => changed.push(...runs) })
    await inParts([[third], [first, root], [second, third]], async spans => {
      await journalSpans(db, spans)
      await projectAll(db, projectOnce)
    })
    const run = runOfTrace(trace)
    assert.deepEqual(await textsOf(db, run), ['one', 'two', 'three'])
    assert.deepEqual(await db('obs_steps').where('run_id', run).orderBy('sequence').pluck('sequence'), [0, 1, 2])
    assert.equal(Number((await db('obs_runs').where('id', run).first('revision'))?.revision), changed.at(-1)?.revision)
    assert.deepEqual(await dirty(), { count: '0' })
  })

  it('gives the same rows with two projectors at once as with one', async () => {
    const { db } = database
    const traces = Array.from({ length: 12 }, newTrace)
    const words = Array.from({ length: 6 }, (_, i) => `t${i}`)
    const runs = traces.map(trace => runOf(trace, words))
    const pair = [projectorOf(db), projectorOf(db)] as const
    for (let n = 0; n <= words.length; n++) {
      await journalSpans(
        db,
        runs.flatMap(spans => spans.slice(n, n + 1)),
      )
      await db('obs_projections').update({ due_at: null })
      await Promise.all(pair.map(projectOnce => projectOnce()))
    }
    await db('obs_projections').update({ lease_until: null, lease_owner: null })
    await projectAll(db, pair[0])
    for (const trace of traces) assert.deepEqual(await textsOf(db, runOfTrace(trace)), words)
  })

  it('assembles a run from all traces that name it', async () => {
    const { db } = database
    const name = { 'agent.run.id': 'order 4711' }
    const projectOnce = projectorOf(db)
    await inParts([runOf(newTrace(), ['one', 'two'], name), runOf(newTrace(), ['three'], name)], async spans => {
      await journalSpans(db, spans)
      await projectAll(db, projectOnce)
    })
    assert.deepEqual((await textsOf(db, runIdFromName('order 4711'))).toSorted(), ['one', 'three', 'two'])
  })

  it('moves a run that turns out to have another id, and leaves an alias', async () => {
    const { db } = database
    const trace = newTrace()
    const [root, ...thoughts] = runOf(trace, ['one', 'two'], { 'agent.run.id': 'named late' })
    assert.ok(root)
    const projectOnce = projectorOf(db)
    const to = runIdFromName('named late')
    await journalSpans(db, thoughts)
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, runOfTrace(trace)), ['one', 'two'])
    await journalSpans(db, [root])
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, to), ['one', 'two'])
    assert.equal(await db('obs_runs').where('id', runOfTrace(trace)).first(), undefined)
    assert.equal((await db('obs_gone_runs').where('id', runOfTrace(trace)).first())?.moved_to, to)
    assert.equal((await db('obs_run_aliases').where('alias', runOfTrace(trace)).first())?.run_id, to)
  })

  it('does not write a run that was deleted', async () => {
    const { db } = database
    const trace = newTrace()
    await db('obs_gone_runs').insert({ id: runOfTrace(trace), revision: 5, deleted: true })
    await journalSpans(db, runOf(trace, ['one']))
    await projectAll(db, projectorOf(db))
    assert.equal(await db('obs_runs').where('id', runOfTrace(trace)).first(), undefined)
  })

  it('keeps the smallest facts of a run beyond the limit, whatever the order, and marks the run', async () => {
    const { db } = database
    const traces = [newTrace(), newTrace()] as const
    const projectOnce = projectorOf(db, { settings: { ...settings, maxRunSpans: 3 } })
    const forwards = runOf(traces[0], ['one', 'two', 'three', 'four'])
    const backwards = runOf(traces[1], ['one', 'two', 'three', 'four']).toReversed()
    for (const spans of [forwards, backwards])
      await inParts(spans, async span => {
        await journalSpans(db, [span, span])
        await projectAll(db, projectOnce)
      })
    for (const trace of traces) {
      assert.deepEqual(await textsOf(db, runOfTrace(trace)), ['one', 'two'])
      assert.equal((await db('obs_runs').where('id', runOfTrace(trace)).first('metadata'))?.metadata.runledger.beyond_limit, 2)
    }
  })
})

describe('projectOnce, of what fails', () => {
  const database = testDatabase()

  it('parks a run whose assembly throws, leaves the others alone, and tries again with new facts', async () => {
    const { db } = database
    const [bad, good] = [newTrace(), newTrace()]
    let broken = true
    const projectOnce = projectorOf(db, {
      assemble: (run, readings, clock) => {
        if (broken && run === runOfTrace(bad)) throw new Error('cannot')
        return assemble(run, readings, clock)
      },
    })
    await journalSpans(db, [...runOf(bad, ['one']), ...runOf(good, ['one'])])
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, runOfTrace(good)), ['one'])
    assert.equal((await db('obs_projections').where('group_id', runOfTrace(bad)).first())?.parked, 'Error: cannot')
    broken = false
    await journalSpans(db, [thought({ trace: bad, at: 9 }, 'two')])
    await db('obs_projections').update({ parked_at: db.raw(`parked_at - interval '1 hour'`) })
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, runOfTrace(bad)), ['one', 'two'])
    assert.equal((await db('obs_projections').where('group_id', runOfTrace(bad)).first())?.parked, null)
  })

  it('costs a span whose reader throws that span alone', async () => {
    const { db } = database
    const trace = newTrace()
    const [root, first, second] = runOf(trace, ['one', 'two'])
    assert.ok(root && first && second)
    const projectOnce = projectorOf(db, {
      readItem: item => {
        if (item.kind === 'span' && item.name === 'bad') throw new Error('cannot')
        return readItem(item)
      },
    })
    await journalSpans(db, [root, { ...first, name: 'bad' }, second])
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, runOfTrace(trace)), ['two'])
    const [row] = await db('obs_quarantine').where('group_id', runOfTrace(trace))
    assert.match(row.reason, /cannot/)
  })

  it('lets a row that Postgres refuses not cost the runs of its batch', async () => {
    const { db } = database
    const [bad, good] = [newTrace(), newTrace()]
    const projectOnce = projectorOf(db, {
      assemble: (run, readings, clock) => {
        const ledger = assemble(run, readings, clock)
        return ledger === undefined || run !== runOfTrace(bad) ? ledger : { ...ledger, run: { ...ledger.run, inputTokens: 0.5 } }
      },
    })
    await journalSpans(db, [...runOf(bad, ['one']), ...runOf(good, ['one'])])
    await projectAll(db, projectOnce)
    assert.deepEqual(await textsOf(db, runOfTrace(good)), ['one'])
    assert.match((await db('obs_projections').where('group_id', runOfTrace(bad)).first())?.parked, /bigint/)
  })
})
