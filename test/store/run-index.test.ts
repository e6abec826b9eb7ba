import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { stampFeed, trimFeed } from '../../src/store/feed.ts'
import { indexChanged } from '../../src/store/run-index.ts'
import { createRunWriter } from '../stream/run-writer.ts'
import { testDatabase } from '../support/database.ts'

describe('indexChanged', () => {
  const test = testDatabase()
  const indexed = () => test.db('obs_run_index').orderBy('run_id').select('run_id', 'steps', 'output')
  const follow = async (): Promise<number> => {
    await stampFeed(test.db)
    let all = 0
    for (let done = await indexChanged(test.db); done > 0; done = await indexChanged(test.db)) all += done
    return all
  }
  const text = (sequence: number) => ({ id: randomUUID(), sequence, text: `text ${sequence}` })

  it('follows what changes, and lets go of what is gone', async () => {
    const writer = createRunWriter(test.db, randomUUID())
    await writer.commit({ steps: [text(0)], artifacts: new Map() })
    assert.equal(await follow(), 1)
    assert.deepEqual(
      (await indexed()).map(({ output }) => output),
      ['text 0'],
    )
    await writer.commit({ steps: [text(0), text(1)], artifacts: new Map() })
    await follow()
    assert.deepEqual(
      (await indexed()).map(({ output }) => output),
      ['text 1'],
    )
    assert.equal(await follow(), 0)
    await writer.vanish()
    await follow()
    assert.deepEqual(await indexed(), [])
  })

  it('catches up where the feed has forgotten what it had not read', async () => {
    const writers = [0, 1, 2].map(() => createRunWriter(test.db, randomUUID()))
    for (const writer of writers) await writer.commit({ steps: [text(0)], artifacts: new Map() })
    await follow()
    for (const writer of writers) await writer.commit({ steps: [text(5)], artifacts: new Map() })
    await stampFeed(test.db)
    await trimFeed(test.db, 1)
    await follow()
    assert.deepEqual(
      (await indexed()).map(({ output }) => output),
      ['text 5', 'text 5', 'text 5'],
    )
  })
})
