import assert from 'node:assert/strict'
import type { Reading } from '../../src/conventions/reading.ts'
import { divide } from '../../src/ledger/index.ts'
import { runIdFromName, uuidFromHex } from '../../src/model/uuid.ts'
import { log, model, runId, span, trace } from './readings.ts'

const other = 'b1'.repeat(16)
const group = '00000000-0000-4000-8000-000000000000'

/** Which facts went to which run. */
const parts = (readings: readonly Reading[], closed: readonly string[] = []): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...divide(readings, new Set(closed)).runs].map(([run, list]) => [run, list.map(r => r.name).sort()]))

const mine = { told: { runId: 'mine' } }
const yours = { told: { runId: 'yours' } }

describe('divide', () => {
  it('gives what names no run to its trace', () =>
    assert.deepEqual(parts([span('a'), model('b', { traceId: other })]), { [runId]: ['a'], [uuidFromHex(other)]: ['b'] }))

  it('gives a span to the run it names, else its nearest ancestor names', () =>
    assert.deepEqual(
      parts([span('a', mine), span('b', { parent: 'a' }), span('c', { parent: 'b', ...yours }), span('d', { parent: 'c' }), span('e')]),
      {
        [runIdFromName('mine')]: ['a', 'b'],
        [runIdFromName('yours')]: ['c', 'd'],
        [runId]: ['e'],
      },
    ))

  it('gives what names none to the only run its trace names, before the one its resource names', () => {
    const resource = { resource: { runId: 'yours' } }
    assert.deepEqual(parts([span('a', mine), span('b', resource)]), { [runIdFromName('mine')]: ['a', 'b'] })
    assert.deepEqual(parts([span('b', resource)]), { [runIdFromName('yours')]: ['b'] })
  })

  it('takes a UUID as it is', () => {
    const id = '6F9619FF-8B86-D011-B42D-00C04FC964FF'
    assert.deepEqual(parts([span('a', { told: { runId: id } })]), { [id.toLowerCase()]: ['a'] })
  })

  it('does not believe a closed pair', () =>
    assert.deepEqual(parts([span('a', mine), span('b', { traceId: other, ...mine })], [`${runIdFromName('mine')}/${runId}`]), {
      [runId]: ['a'],
      [runIdFromName('mine')]: ['b'],
    }))

  it('survives spans that are their own ancestors', () =>
    assert.deepEqual(
      parts([span('a', { parent: 'b' }), span('b', { parent: 'c' }), span('c', { parent: 'b' }), span('d', { parent: 'd' })]),
      {
        [runId]: ['a', 'b', 'c', 'd'],
      },
    ))

  it('tells trace ids that are no run and lie in exactly one', () => {
    const { aliases } = divide(
      [span('a', mine), span('b', { traceId: other, ...mine }), span('c', { traceId: other, ...yours })],
      new Set(),
    )
    assert.deepEqual([...aliases], [[runId, runIdFromName('mine')]])
    assert.deepEqual([...divide([span('a', { told: { runId } })], new Set()).aliases], [])
  })

  it('keeps runs of one conversation apart by their keys; where a key has a trace, that is its run', () => {
    const episode = (key: string) => ({ episode: { conversation: 's', key } })
    const divided = parts([
      log('p1', { group, ...episode('1') }),
      log('q1', { group, traceId: trace, ...episode('1') }),
      span('tool', { from: 9 }),
      log('p2', { group, ...episode('2') }),
    ])
    assert.deepEqual(divided[runId], ['p1', 'q1', 'tool'])
    assert.deepEqual(Object.values(divided), [['p1', 'q1', 'tool'], ['p2']])
  })

  it('opens runs of one conversation one after the other, by time and counter', () => {
    const episode = { conversation: 's' }
    const said = (name: string, from: number, ordinal: number, opens?: true) =>
      log(name, { group, from, ordinal, episode: opens ? { ...episode, opens } : episode })
    const divided = parts([
      said('start', 0, 0),
      said('prompt1', 5, 1, true),
      said('call1', 9, 2),
      said('prompt2', 9, 3, true),
      said('call2', 9, 4),
      log('traced', { group, from: 10, traceId: other, episode }),
      span('work', { traceId: other }),
    ])
    assert.deepEqual(Object.values(divided).sort(), [
      ['call1', 'prompt1', 'start'],
      ['call2', 'prompt2', 'traced', 'work'],
    ])
  })

  it('takes the trace of an opening, else of what follows it, for its run, unless two open in it', () => {
    const opening = (name: string, from: number, traceId: string) =>
      log(name, { group, from, traceId, episode: { conversation: 's', opens: true } })
    assert.deepEqual(Object.keys(parts([opening('a', 1, trace), opening('b', 5, other)])), [runId, uuidFromHex(other)])
    const traced = log('c', { group, from: 3, traceId: other, episode: { conversation: 's' } })
    assert.deepEqual(Object.keys(parts([log('a', { group, from: 1, episode: { conversation: 's', opens: true } }), traced])), [
      uuidFromHex(other),
    ])
    const shared = Object.keys(parts([opening('a', 1, trace), opening('b', 5, trace)]))
    assert.ok(shared.length === 2 && !shared.includes(runId))
  })
})
