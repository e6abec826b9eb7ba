import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import express from 'express'
import { createHealth } from '../../src/http/health.ts'
import { testApi } from './api-server.ts'

describe('createHealth', () => {
  const api = testApi()
  const ask = async (path: string) => {
    const response = await fetch(`${api.url}${path}`)
    return [response.status, await response.json()]
  }

  it('says that it lives, that it is ready, and what it is', async () => {
    assert.deepEqual(await ask('/healthz'), [200, { status: 'ok' }])
    assert.deepEqual(await ask('/readyz'), [200, { status: 'ready', reasons: [] }])
    assert.deepEqual(await ask('/version'), [200, { name: 'runledger', version: '1.2.3' }])
  })

  describe('with a database that does not answer', () => {
    let server: Server | undefined
    let asked = 0
    let schema: () => Promise<'ready' | 'newer'> = async () => 'newer'
    let stopping = false
    const open = (): Promise<string> =>
      new Promise(resolve => {
        server?.close()
        const schemaState = () => {
          asked += 1
          return schema()
        }
        server = createServer(express().use(createHealth({ schemaState, state: () => (stopping ? 'stopping' : 'running') })))
        server.listen(0, '127.0.0.1', () => {
          const address = server?.address()
          resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
        })
      })
    after(() => server?.close())
    const ready = async (url: string) => {
      const response = await fetch(`${url}/readyz`)
      return [response.status, await response.json()]
    }

    it('says that the schema is another, and asks once for many', async () => {
      const url = await open()
      asked = 0
      const answers = await Promise.all(Array.from({ length: 10 }, () => ready(url)))
      assert.deepEqual(answers[9], [503, { status: 'not ready', reasons: ['the schema is newer than this program: update runledger'] }])
      assert.equal(asked, 1)
    })

    it('says so after a second, and lives', async () => {
      schema = () => new Promise(() => undefined)
      const url = await open()
      const from = performance.now()
      assert.deepEqual(await ready(url), [503, { status: 'not ready', reasons: ['the database does not answer within 1000 ms'] }])
      assert.ok(performance.now() - from < 2_000)
      assert.equal((await fetch(`${url}/healthz`)).status, 200)
    })

    it('tells nothing of an error', async () => {
      schema = () => Promise.reject(new Error('password authentication failed for user "x"'))
      assert.deepEqual(await ready(await open()), [503, { status: 'not ready', reasons: ['the database can not be asked'] }])
    })

    it('is not ready while it stops, and does not ask', async () => {
      stopping = true
      asked = 0
      assert.deepEqual(await ready(await open()), [503, { status: 'not ready', reasons: ['stopping'] }])
      assert.equal(asked, 0)
    })
  })
})
