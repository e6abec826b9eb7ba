import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Reading } from '../../src/conventions/reading.ts'
import { assemble, divide } from '../../src/ledger/index.ts'
import { contents } from '../../src/model/content.ts'
import type { Clock, Ledger } from '../../src/model/ledger.ts'
import { isUuid } from '../../src/model/uuid.ts'
import { readings, runId } from './readings.ts'

const clocks = fc.constantFrom<Clock>({ quiet: false, idle: false }, { quiet: true, idle: false }, { quiet: true, idle: true })

const holds = (check: (ledger: Ledger) => void): void =>
  fc.assert(
    fc.property(readings, clocks, (all, clock) => {
      const ledger = assemble(runId, all, clock)
      if (ledger !== undefined) check(ledger)
    }),
    { numRuns: 1_000 },
  )

const places = (ledger: Ledger): ReadonlyMap<string, number> => new Map(ledger.steps.map((step, place) => [step.id, place]))

describe('assemble, of any readings', () => {
  it('does not depend on their order, on doubles, or on which requests they came in', () =>
    fc.assert(
      fc.property(
        readings.chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }))),
        clocks,
        ([all, shuffled], clock) => assert.deepEqual(assemble(runId, structuredClone(shuffled), clock), assemble(runId, all, clock)),
      ),
      { numRuns: 1_000 },
    ))

  it('orders steps strictly: 0 … n-1, or by the numbers the agent gave', () =>
    holds(({ steps }) => {
      const numbers = steps.map(step => step.sequence)
      assert.ok(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? -1)))
      const isDense = numbers.every((n, i) => n === i)
      assert.ok(isDense || steps.every(step => step.emittedSequence === null || step.emittedSequence === step.sequence))
    }))

  it('makes contents of the data model, under ids that are unique', () =>
    holds(({ steps, artifacts }) => {
      for (const { type, content } of steps) contents[type].parse(content)
      assert.equal(new Set(steps.map(step => step.id)).size, steps.length)
      assert.equal(new Set(artifacts.map(artifact => artifact.id)).size, artifacts.length)
      assert.ok([...steps, ...artifacts].every(row => isUuid(row.id)))
    }))

  it('puts every result after its call, unless the agent numbered it otherwise', () =>
    holds(ledger => {
      const placeOf = places(ledger)
      const { steps } = ledger
      for (const { type, parentStepId, sequence, emittedSequence } of steps) {
        const call = type === 'tool_result' && steps[placeOf.get(parentStepId ?? '') ?? -1]
        if (call && emittedSequence === null) assert.ok(call.sequence < sequence)
      }
    }))

  it('hangs parents and artifacts on steps that are there', () =>
    holds(ledger => {
      const placeOf = places(ledger)
      for (const { parentStepId, id } of ledger.steps)
        assert.ok(parentStepId === null || (parentStepId !== id && placeOf.has(parentStepId)))
      for (const { stepId } of ledger.artifacts) assert.ok(placeOf.has(stepId))
    }))

  it('counts as gaps what the agent has left out', () =>
    holds(({ steps, run }) => {
      const numbers = new Set(steps.flatMap(step => step.emittedSequence ?? []))
      assert.equal(run.gaps, Math.max(-1, ...numbers) + 1 - numbers.size)
    }))

  it('waits for the clock only while a run may still change, and never after its last decision', () =>
    fc.assert(
      fc.property(readings, all => {
        assert.equal(assemble(runId, all, { quiet: true, idle: true })?.waits ?? null, null)
        const ledger = assemble(runId, all, { quiet: false, idle: false })
        if (ledger?.waits) assert.ok(ledger.run.status === 'running' || ledger.run.status === 'pending')
      }),
    ))
})

describe('divide, of any readings', () => {
  it('gives every fact to one run, in whatever order they come', () =>
    fc.assert(
      fc.property(readings, fc.infiniteStream(fc.boolean()), (all, flips) => {
        const named = all.map((r): Reading => (flips.next().value ? { ...r, told: { ...r.told, runId: `run ${r.spanId ?? ''}` } } : r))
        const { runs, aliases } = divide(named, new Set())
        const keys = [...runs.values()].flatMap(list => list.map(r => r.key))
        assert.equal(new Set(keys).size, keys.length)
        assert.deepEqual(new Set(keys), new Set(named.map(r => r.key)))
        for (const run of aliases.values()) assert.ok(runs.has(run))
        assert.deepEqual(divide([...named, ...named].reverse(), new Set()), { runs, aliases })
      }),
    ))
})
