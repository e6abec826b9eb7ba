import assert from 'node:assert/strict'
import { testServer } from '../support/server.ts'

const id = '00000000-0000-4000-8000-000000000000'
const paths = [
  '/runs',
  `/runs/${id}`,
  '/compare',
  '/sessions/s',
  '/status',
  `/t/${'a'.repeat(32)}`,
  `/t/${'a'.repeat(32)}/${'b'.repeat(16)}`,
]

describe('the page over HTTP', () => {
  describe('where readers need a token', () => {
    const server = testServer({ settings: { readTokens: ['reads'] } })

    it('opens without one, the same at every path, and asks for it', async () => {
      const answers = await Promise.all(paths.map(path => fetch(`${server.api}${path}`, { redirect: 'manual' })))
      assert.deepEqual(new Set(answers.map(answer => answer.status)), new Set([200]))
      const texts = await Promise.all(answers.map(answer => answer.text()))
      assert.equal(new Set(texts).size, 1)
      assert.match(texts[0] ?? '', /&quot;asksForToken&quot;:true/)
    })

    it('bears the headers that keep what others wrote from running, and is not kept', async () => {
      const { headers } = await fetch(`${server.api}/runs`)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /script-src 'self'; style-src 'self'; connect-src 'self'/)
      assert.doesNotMatch(policy, /unsafe|https?:/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('cache-control'), 'no-store')
    })

    it('takes nothing but to be read', async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        assert.equal((await fetch(`${server.api}/runs`, { method })).status, 401, method)
    })
  })

  describe('behind a proxy, below a path', () => {
    const server = testServer({ settings: { basePath: '/ledger' } })
    const files = async (): Promise<readonly string[]> => {
      const index = await (await fetch(`${server.api}/ledger/runs`)).text()
      return [...index.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '')
    }

    it('names its files below it, and they are there, with the path or without, to be kept for ever', async () => {
      const scripts = (await files()).filter(path => path.includes('/assets/'))
      assert.ok(scripts.length >= 2, 'a script and a style')
      for (const path of scripts) {
        assert.match(path, /^\/ledger\/assets\//)
        for (const way of [path, path.slice('/ledger'.length)]) {
          const answer = await fetch(`${server.api}${way}`, { headers: { 'accept-encoding': 'br' } })
          assert.equal(answer.status, 200, way)
          assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
          assert.equal(answer.headers.get('content-encoding'), 'br')
        }
      }
    })

    it('leads from its root to the runs', async () => {
      const answer = await fetch(`${server.api}/ledger/`, { redirect: 'manual' })
      assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/ledger/runs'])
    })

    it('names no file of another host', async () => {
      for (const path of await files()) assert.match(path, /^\//)
    })
  })

  describe('where nobody needs a token', () => {
    const server = testServer()

    it('says of a run it does not know what to do without scripts', async () => {
      const text = await (await fetch(`${server.api}/runs/${id}`)).text()
      assert.match(text, /This page needs JavaScript/)
    })
  })
})
