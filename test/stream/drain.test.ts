import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { ChangesAsk, RunEvent } from '../../src/model/event.ts'
import { readChanges } from '../../src/store/event-queries.ts'
import { drain, type Reader } from '../../src/stream/index.ts'
import { testDatabase } from '../support/database.ts'
import { createEventReader } from './event-reader.ts'
import { createRunWriter, dumpRows, type Edit, type Held, type RunWriter } from './run-writer.ts'

const rounds = 15
const commits = 14

/** Numbers that follow from a seed alone. */
const createDice = (seed: number): ((sides: number) => number) => {
  let state = seed >>> 0
  return sides => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

type Dice = ReturnType<typeof createDice>

const stepId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const artifactId = (n: number): string => `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A run in which anything may happen: steps come, change, move, go and come back. */
const randomEdit = (dice: Dice, turn: number): Edit => {
  const ids = Array.from({ length: 12 }, (_, n) => n).filter(() => dice(10) < 7)
  const shuffled = dice(2) === 0 ? ids : ids.toSorted(() => dice(3) - 1)
  const steps = shuffled.map((n, sequence) => ({ id: stepId(n), sequence, text: dice(3) === 0 ? `text ${turn}` : `text of ${n}` }))
  const artifacts = new Map(steps.flatMap((step, n) => (dice(4) === 0 ? [[artifactId(n), step.id]] : [])))
  return { steps, artifacts, status: dice(2) === 0 ? 'running' : 'completed' }
}

class Cut extends Error {}

/** A reader with a bad line: it is cut off at random and comes back with what it was told last. */
const createChaosReader = (history: ReadonlyMap<number, Held>) => {
  let held = createEventReader()
  let reader: Reader = { cursor: undefined, holds: false }
  const seen = new Set<string>()
  return {
    seen,
    held: () => held.held(),
    read: async (read: Parameters<typeof drain>[0], run: string, cutAfter: number): Promise<void> => {
      let left = cutAfter
      const write = async (events: readonly RunEvent[]): Promise<void> => {
        for (const { event, data, id } of events) {
          left -= 1
          if (left < 0) throw new Cut()
          seen.add(event)
          held.apply(event, JSON.parse(data))
          if (id === undefined) continue
          reader = { cursor: id, holds: true }
          assert.deepEqual(held.held(), history.get(id), `what is held at revision ${id}`)
        }
      }
      // The hello of the stream has set the cursor to 0.
      if (reader.cursor === undefined) reader = { cursor: 0, holds: true }
      try {
        const drained = await drain(read, run, dicey(reader), write)
        if (drained.kind === 'current') reader = drained.reader
      } catch (error) {
        if (!(error instanceof Cut)) throw error
        reader = { ...reader, holds: true }
      }
    },
  }
  // A first stream of all says no cursor, and then it holds nothing.
  function dicey(it: Reader): Reader {
    if (it.cursor === 0 && seen.size === 0) {
      held = createEventReader()
      return { cursor: undefined, holds: false }
    }
    return it
  }
}

describe('drain', () => {
  const database = testDatabase()

  const play = async (seed: number): Promise<Set<string>> => {
    const { db } = database
    const dice = createDice(seed)
    const writer = createRunWriter(db, randomUUID())
    const history = new Map<number, Held>([[0, { steps: {}, artifacts: {}, status: null }]])
    let left = commits
    const commit = async (): Promise<void> => {
      left -= 1
      await commitOne(writer, dice, left, history, () => dumpRows(db, writer.id))
    }
    const reader = createChaosReader(history)
    await commit()
    const restless = async (run: string, ask: ChangesAsk) => {
      while (left > 0 && dice(3) === 0) await commit()
      return readChanges(db, run, ask, 1 + dice(5))
    }
    while (left > 0) {
      if (dice(3) > 0) await commit()
      await reader.read(restless, writer.id, dice(3) === 0 ? dice(12) : Number.POSITIVE_INFINITY)
    }
    await reader.read((run, ask) => readChanges(db, run, ask, 3), writer.id, Number.POSITIVE_INFINITY)
    assert.deepEqual(reader.held(), await dumpRows(db, writer.id))
    return reader.seen
  }

  it('brings a reader that is cut off at any event to exactly the rows, while commits go on, and at every id to that revision', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        for (const event of await play(seed)) seen.add(event)
      }),
      { numRuns: rounds, endOnFailure: true },
    )
    const expected = [
      'step.added',
      'step.updated',
      'step.moved',
      'step.removed',
      'artifact.added',
      'artifact.removed',
      'run.updated',
      'reset',
    ]
    for (const event of expected) assert.ok(seen.has(event), `${event} was never seen`)
  })

  const collect = async (run: string, reader: Reader, pageRows = 500) => {
    const events: (readonly [string, unknown, number?])[] = []
    const drained = await drain(
      (id, ask) => readChanges(database.db, id, ask, pageRows),
      run,
      reader,
      async more =>
        void events.push(
          ...more.map(({ event, data, id }) =>
            id === undefined ? ([event, JSON.parse(data)] as const) : ([event, JSON.parse(data), id] as const),
          ),
        ),
    )
    return { events, names: events.map(([event]) => event), drained }
  }
  const at = (cursor: number | undefined): Reader => ({ cursor, holds: cursor !== undefined })
  const three = [0, 1, 2].map(n => ({ id: stepId(n), sequence: n, text: `text of ${n}` }))

  it('tells a reader who holds nothing every step in its order, and gives the revision with the last event alone', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three, artifacts: new Map([[artifactId(1), stepId(1)]]) })
    const { events, drained } = await collect(writer.id, at(undefined), 2)
    assert.deepEqual(
      events.map(([event, , id]) => [event, id]),
      [
        ['step.added', undefined],
        ['step.added', undefined],
        ['step.added', undefined],
        ['artifact.added', undefined],
        ['run.updated', 1],
      ],
    )
    assert.deepEqual(events[1]?.[1], {
      run_id: writer.id,
      step_id: stepId(1),
      sequence: 1,
      type: 'thought',
      timestamp: '2026-01-01T00:00:01.500Z',
      data: { text: 'text of 1' },
    })
    assert.deepEqual(drained, { kind: 'current', reader: { cursor: 1, holds: true } })
  })

  it('says of a row what its reader does not know yet: added, updated, or moved without its content', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    const late = { id: stepId(9), sequence: 0, text: 'late' }
    await writer.commit({
      steps: [late, ...three.map(s => ({ ...s, sequence: s.sequence + 1, ...(s.sequence === 2 ? { text: 'other' } : {}) }))],
    })
    const { events } = await collect(writer.id, at(1))
    assert.deepEqual(
      events.map(([event, data]) => [event, Reflect.get(Object(data), 'step_id'), Reflect.get(Object(data), 'sequence')]).slice(0, 4),
      [
        ['step.added', stepId(9), 0],
        ['step.moved', stepId(0), 1],
        ['step.moved', stepId(1), 2],
        ['step.updated', stepId(2), 3],
      ],
    )
    assert.deepEqual(events[1]?.[1], { run_id: writer.id, step_id: stepId(0), sequence: 1 })
  })

  it('says nothing to a reader who is where the run is', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    assert.deepEqual((await collect(writer.id, at(1))).events, [])
  })

  it('resets a reader whose cursor the run never had, or who may hold part of a first revision', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    const whole = ['reset', 'step.added', 'step.added', 'step.added', 'run.updated']
    for (const cursor of [0, 2, Number.MAX_SAFE_INTEGER]) assert.deepEqual((await collect(writer.id, at(cursor))).names, whole)
  })

  it('resets again a reader who was cut off in a reset, though the run has come to its cursor meanwhile', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    const told: RunEvent[] = []
    const cut = drain(
      (run, ask) => readChanges(database.db, run, ask, 1),
      writer.id,
      at(2),
      async events => {
        if (told.length > 1) throw new Cut()
        told.push(...events)
      },
    )
    await assert.rejects(cut, Cut)
    await writer.commit({ steps: three.slice(1) })
    await writer.commit({ steps: three.slice(2) })
    const cursor = told.findLast(({ id }) => id !== undefined)?.id ?? 2
    assert.deepEqual((await collect(writer.id, at(cursor))).names, ['reset', 'step.added', 'run.updated'])
  })

  it('bounds a part by what its contents are as text, however little room they are stored in', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: Array.from({ length: 60 }, (_, n) => ({ id: stepId(n), sequence: n, text: 'x'.repeat(60_000) })) })
    const part = await readChanges(database.db, writer.id, { known: 0, since: 0, seen: 0 })
    assert.ok(part.kind === 'run' && part.next !== undefined)
    assert.ok(part.events.reduce((sum, { data }) => sum + data.length, 0) < 1.1 * 1024 * 1024)
    assert.equal((await collect(writer.id, at(undefined))).names.length, 61)
  })

  it('resets a reader of a run that went and came back', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    await writer.vanish()
    await writer.commit({ steps: three.slice(0, 1) })
    const { names } = await collect(writer.id, at(1))
    assert.deepEqual(names, ['reset', 'step.added', 'run.updated'])
  })

  it('says once where a run went, and nothing to who knows', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: three })
    const to = randomUUID()
    await writer.vanish(to)
    const moved = await collect(writer.id, at(1))
    assert.deepEqual(moved.events, [['run.moved', { run_id: writer.id, moved_to: to }, 2]])
    assert.deepEqual((await collect(writer.id, at(2))).drained, { kind: 'ended', told: false })
  })

  it('hands out large data as a preview that says where it lies whole', async () => {
    const writer = createRunWriter(database.db, randomUUID())
    await writer.commit({ steps: [{ id: stepId(0), sequence: 0, text: 'x'.repeat(70_000) }, ...three.slice(1)] })
    const { events } = await collect(writer.id, at(undefined))
    assert.deepEqual(Reflect.get(Object(events[0]?.[1]), 'data'), {
      preview: `{"text": "${'x'.repeat(1_990)}`,
      bytes: 70_012,
      href: `/api/runs/${writer.id}/steps/${stepId(0)}`,
    })
    assert.deepEqual(Reflect.get(Object(events[1]?.[1]), 'data'), { text: 'text of 1' })
  })

  it('knows nothing of a run that is not there', async () => {
    assert.deepEqual((await collect(randomUUID(), at(undefined))).drained, { kind: 'unknown' })
  })
})

/** One revision; now and then the run goes and comes back at once, or stays away for a while. */
const commitOne = async (
  writer: RunWriter,
  dice: Dice,
  turn: number,
  history: Map<number, Held>,
  dump: () => Promise<Held>,
): Promise<void> => {
  if (turn > 0 && dice(8) === 0) {
    history.set(await writer.vanish(), { steps: {}, artifacts: {}, status: null })
    if (dice(2) === 0) return
  }
  const revision = await writer.commit(randomEdit(dice, turn))
  history.set(revision, await dump())
}
