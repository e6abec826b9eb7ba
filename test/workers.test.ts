import assert from 'node:assert/strict'

import { EventEmitter, once } from 'node:events'
import { startWorkers } from '../src/workers.ts'
import { silent } from './projector-facts.ts'

const config = {
  databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
  statementTimeoutMs: 1_000,
  maxBodyBytes: 1_000,
  maxItems: 10,
  maxDepth: 64,
  maxRunSpans: 10,
  maxRunGroups: 10,
  graceMs: 1_000,
  idleTimeoutMs: 1_000,
  unclaimedRetentionMs: 1_000,
  conventions: [],
}

describe('startWorkers', () => {
  it('stops while a lane that died waits to be started again', async () => {
    const said = new EventEmitter()
    const log = { ...silent, error: (_: object, message: string) => void said.emit(message) }
    // A level that no log has: the thread dies as it starts.
    const workers = startWorkers({ config: { ...config, logLevel: JSON.parse('"nonsense"') }, log, onCommitted: () => {} })
    await once(said, 'a worker ended and is started again')
    await once(said, 'a worker ended and is started again')
    const stopped = await Promise.race([workers.stop().then(() => true), new Promise(resolve => setTimeout(resolve, 900, false))])
    assert.equal(stopped, true)
    await workers.stop()
  }).timeout(20_000)
})
