import assert from 'node:assert/strict'
import type { StepItem } from '../../src/model/api/step-item.ts'
import { maxOpenGroup, type Row, type RowsAsk, rowsFrom } from '../../src/web/step-rows.ts'
import { stepId, stepItem } from '../support/step-item.ts'

const rows = (steps: readonly StepItem[], ask: Partial<RowsAsk> = {}): readonly Row[] =>
  rowsFrom({ steps, goesOn: false, filter: '', kinds: [], toggled: new Map(), foldAll: undefined, ...ask })

const said = (row: Row): string => {
  if (row.kind === 'gap') return `gap ${row.from}–${row.to}`
  if (row.kind === 'group') return `${row.depth} group ${row.agent} (${row.steps}${row.failed > 0 ? `, ${row.failed} failed` : ''})`
  return `${row.depth} ${row.step.sequence}${row.answers === undefined ? '' : ` answers ${row.answers}`}${row.open ? ' open' : ''}`
}
const told = (steps: readonly StepItem[], ask: Partial<RowsAsk> = {}): readonly string[] => rows(steps, ask).map(said)

const call = (n: number, of: Partial<StepItem> = {}): StepItem => stepItem(n, { type: 'tool_call', name: 'search', ...of })
const result = (n: number, of: number): StepItem => stepItem(n, { type: 'tool_result', name: 'search', parent_step_id: stepId(of) })

describe('the rows of a run', () => {
  it('are its steps by their numbers, a result under its call', () => {
    assert.deepEqual(told([stepItem(0), call(1), result(2, 1), stepItem(3)]), ['0 0', '0 1', '1 2', '0 3'])
  })

  it('say whose result it is, where the call does not stand right above, and which calls stand together', () => {
    const steps = [call(0), call(1), result(2, 0), result(3, 1)]
    assert.deepEqual(told(steps), ['0 0', '0 1', '1 2 answers 0', '1 3 answers 1'])
    assert.deepEqual(
      rows(steps).map(row => row.kind === 'step' && row.parallel),
      [2, 0, 0, 0],
    )
  })

  it('say that a call is open while the run goes on, and not after', () => {
    assert.deepEqual(told([call(0), call(1), result(2, 0)], { goesOn: true }), ['0 0', '0 1 open', '1 2 answers 0'])
    assert.deepEqual(told([call(0)]), ['0 0'])
  })

  it('have a row for a hole in the numbers of the agent, and none for what was not numbered', () => {
    const steps = [0, 1, 5, undefined, 6].map((emitted, n) => stepItem(n, { emitted_sequence: emitted ?? null }))
    assert.deepEqual(told(steps), ['0 0', '0 1', 'gap 2–4', '0 2', '0 3', '0 4'])
  })

  it('put the steps of a nested agent into a group of their own', () => {
    const nested = ['lead', 'helper']
    const steps = [
      stepItem(0, { agent: ['lead'] }),
      stepItem(1, { agent: nested }),
      call(2, { agent: nested, is_error: true }),
      stepItem(3, { agent: ['lead'] }),
    ]
    const all = told(steps, { toggled: new Map() })
    assert.ok(all.includes('0 group helper (2, 1 failed)'), all.join('; '))
    assert.deepEqual(
      all.filter(row => !row.includes('group')),
      ['0 0', '1 1', '1 2', '0 3'],
    )
  })

  it('fold a long group to begin with, and what a reader folds; a filter looks into all', () => {
    const steps = Array.from({ length: maxOpenGroup + 1 }, (_, n) => stepItem(n, { agent: ['a', 'b'], preview: `line ${n}` }))
    assert.deepEqual(told(steps), [`0 group b (${steps.length})`])
    assert.equal(told(steps, { foldAll: false }).length, steps.length + 1)
    assert.deepEqual(told(steps.slice(0, 2), { toggled: new Map([[`group ${stepId(0)}`, false]]) }), ['0 group b (2)'])
    assert.deepEqual(told(steps, { filter: 'LINE 178' }), ['1 178'])
  })

  it('are those of some kinds, where only these are asked for', () => {
    assert.deepEqual(told([stepItem(0), call(1), result(2, 1)], { kinds: ['tool_result'] }), ['1 2'])
  })

  it('have keys of their own, and are made of ten thousand steps in one pass', () => {
    const steps = Array.from({ length: 10_000 }, (_, n) => (n % 2 === 0 ? call(n) : result(n, n - 1)))
    const made = rows(steps)
    assert.equal(new Set(made.map(row => row.key)).size, 10_000)
  })
})
