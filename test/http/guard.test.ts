import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { testApi } from './api-server.ts'

const [read, ingest] = ['read-token-of-the-tests', 'ingest-token-of-the-tests']

type Asked = { readonly method?: string; readonly headers?: Readonly<Record<string, string>> }

/** `fetch` lets nobody say a Host. */
const ask = async (port: number, path: string, { method = 'GET', headers = {} }: Asked = {}) => {
  const sent = request({ port, host: '127.0.0.1', path, method, headers: { connection: 'close', ...headers } })
  sent.end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: Number(response.statusCode), headers: Object(response.headers), body }
}

const run = `/api/runs/${randomUUID()}`
const reading = [
  '/api/runs',
  run,
  `${run}/steps`,
  `${run}/steps/${randomUUID()}`,
  `${run}/artifacts`,
  `${run}/events`,
  '/version',
  '/api/none',
  '/',
  '/runs',
  '/healthz/x',
  '/HEALTHZ',
]
const sending = ['/v1/traces', '/v1/logs', '/v1/metrics', '/V1/traces', '/v1/none', '/traces']
const json = { 'content-type': 'application/json' }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('createGuard', () => {
  describe('with tokens', () => {
    const api = testApi({ guard: { readTokens: ['another', read], ingestTokens: [ingest] } })

    it('lets nobody in without a token of the right side, on any route and method', async () => {
      for (const path of reading)
        for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
          assert.equal((await ask(api.port, path, { method })).status, 401, `${method} ${path}`)
          assert.equal((await ask(api.port, path, { method, headers: bearer('wrong') })).status, 401)
          assert.equal((await ask(api.port, path, { method, headers: bearer(ingest) })).status, 403)
        }
      for (const path of sending) {
        assert.equal((await ask(api.port, path, { method: 'POST', headers: json })).status, 401, path)
        assert.equal((await ask(api.port, path, { method: 'POST', headers: { ...json, ...bearer(read) } })).status, 403)
      }
    })

    it('says the same of what is there and what is not', async () => {
      const [there, not] = [await ask(api.port, '/api/runs'), await ask(api.port, '/api/none')]
      assert.equal(there.body, not.body)
      assert.equal(there.headers['www-authenticate'], 'Bearer')
    })

    it('lets each of the tokens in, whatever the host', async () => {
      for (const token of [read, 'another'])
        assert.equal((await ask(api.port, '/api/runs', { headers: { ...bearer(token), host: 'ledger.example' } })).status, 200)
      const sent = await ask(api.port, '/v1/traces', { method: 'POST', headers: { ...json, ...bearer(ingest), 'content-length': '0' } })
      assert.notEqual(sent.status, 401)
      assert.notEqual(sent.status, 403)
    })

    it('takes no odd credentials', async () => {
      const odd = [
        'Bearer',
        'Bearer ',
        `Basic ${read}`,
        `Bearer ${read.slice(0, -1)}`,
        `Bearer ${read} x`,
        `Bearer ${read}x`,
        read,
        `Bearer ${'x'.repeat(10_000)}`,
      ]
      for (const authorization of odd)
        assert.equal((await ask(api.port, '/api/runs', { headers: { authorization } })).status, 401, authorization.slice(0, 40))
      assert.equal((await ask(api.port, `/api/runs?token=${read}`)).status, 401)
    })

    it('answers a refused export as OTLP does, and a reader with a problem', async () => {
      const refused = await ask(api.port, '/v1/traces', { method: 'POST', headers: json })
      assert.equal(refused.headers['content-type'], 'application/json')
      assert.equal(Reflect.get(Object(JSON.parse(refused.body)), 'code'), 16)
      assert.equal((await ask(api.port, '/api/runs')).headers['content-type'], 'application/problem+json')
    })

    it('leaves health open', async () => {
      for (const path of ['/healthz', '/readyz']) assert.equal((await ask(api.port, path, { headers: { host: 'probe' } })).status, 200)
      assert.equal((await ask(api.port, '/healthz', { method: 'POST' })).status, 401)
    })
  })

  describe('without tokens', () => {
    const api = testApi({ guard: { publicUrl: 'https://ledger.example/base' } })

    it('answers to its own names alone', async () => {
      const statusOf = async (host: string) => (await ask(api.port, '/api/runs', { headers: { host } })).status
      for (const host of [
        'localhost',
        'LOCALHOST:1',
        '127.0.0.1',
        '127.9.9.9:80',
        '[::1]:4319',
        'a.localhost',
        'ledger.example',
        'ledger.example:443',
      ])
        assert.equal(await statusOf(host), 200, host)
      for (const host of [
        'attacker.test',
        '127.0.0.1.nip.io',
        'localhost.attacker.test',
        'xlocalhost',
        '10.0.0.1',
        '[2001:db8::1]',
        '127.1',
        '0x7f.1',
        'a b',
        'x@localhost',
      ])
        assert.notEqual(await statusOf(host), 200, host)
    })

    it('answers to no request that names no host', async () => {
      for (const head of ['GET /api/runs HTTP/1.0', 'GET /api/runs HTTP/1.1\r\nhost:']) {
        const socket = connect(api.port, '127.0.0.1')
        socket.end(`${head}\r\nconnection: close\r\n\r\n`)
        let answer = ''
        for await (const chunk of socket) answer += chunk
        assert.match(answer, /^HTTP\/1.1 40[03] /)
      }
    })

    it('takes no change from the page of another site', async () => {
      const statusOf = async (headers: Readonly<Record<string, string>>) =>
        (
          await ask(api.port, '/v1/traces', {
            method: 'POST',
            headers: { ...json, 'content-length': '0', host: 'localhost:9', ...headers },
          })
        ).status
      for (const headers of [
        { origin: 'https://attacker.test' },
        { origin: 'null' },
        { origin: 'http://localhost:1' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ])
        assert.equal(await statusOf(headers), 403, JSON.stringify(headers))
      for (const headers of [
        {},
        { origin: 'http://localhost:9' },
        { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:9' },
        { origin: 'https://ledger.example' },
      ])
        assert.notEqual(await statusOf(headers), 403, JSON.stringify(headers))
    })

    it('allows other sites nothing', async () => {
      const { status, headers } = await ask(api.port, '/api/runs', {
        method: 'OPTIONS',
        headers: { origin: 'https://attacker.test', 'access-control-request-method': 'GET' },
      })
      assert.equal(status, 403)
      assert.deepEqual(
        Object.keys(headers).filter(name => name.startsWith('access-control')),
        [],
      )
    })

    it('sets the same headers on every answer', async () => {
      for (const path of [...reading, ...sending, '/healthz', '/readyz']) {
        const { headers } = await ask(api.port, path)
        assert.match(
          headers['content-security-policy'],
          /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'$/,
        )
        assert.deepEqual(
          [headers['x-content-type-options'], headers['referrer-policy'], headers['x-powered-by']],
          ['nosniff', 'no-referrer', undefined],
        )
      }
    })
  })

  describe('where every address is listened on without tokens', () => {
    const api = testApi({ guard: { host: '0.0.0.0' } })

    it('answers to addresses, which cannot be pointed elsewhere, and to no name', async () => {
      assert.equal((await ask(api.port, '/api/runs', { headers: { host: '10.0.0.1:4319' } })).status, 200)
      assert.equal((await ask(api.port, '/api/runs', { headers: { host: 'attacker.test' } })).status, 403)
    })
  })
})
