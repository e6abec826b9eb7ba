import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { testServer } from '../support/server.ts'

const [read, ingest] = ['reads', 'sends']
const id = '00000000-0000-4000-8000-000000000000'
const { paths } = z
  .object({ paths: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')))

/** Everything that reads: what is documented, and what is beside it. The page itself says nothing of what is there (page.test.ts). */
const routes = [
  ...Object.keys(paths).map(path => path.replaceAll(/\{\w+\}/g, id)),
  '/api',
  '/api/openapi.json',
  '/api/events',
  `/api/runs/${id}/events`,
  `/api/traces/${'a'.repeat(32)}`,
  '/mcp',
  '/metrics',
  '/version',
]
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

describe('a walk of every route and method', () => {
  const server = testServer({ settings: { readTokens: [read], ingestTokens: [ingest] } })
  const ask = (path: string, method: string, token?: string): Promise<Response> =>
    fetch(`${server.api}${path}`, { method, redirect: 'manual', headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

  for (const path of routes)
    it(`${path} is closed without the right token, and says nothing of what is there`, async () => {
      const nothing = await (await ask('/api/nothing-here', 'GET')).text()
      for (const method of methods) {
        const [bare, wrong, other] = [await ask(path, method), await ask(path, method, 'wrong'), await ask(path, method, ingest)]
        assert.deepEqual([bare.status, wrong.status, other.status], [401, 401, 403], method)
        if (method !== 'HEAD') assert.equal(await bare.text(), nothing, method)
        for (const answer of [bare, wrong, other]) assert.deepEqual(missingHeaders(answer), [], method)
      }
    })

  it('bears the headers that keep what others wrote from running, also where it answers', async () => {
    for (const path of routes.filter(route => !route.endsWith('/events'))) {
      const answer = await ask(path, 'GET', read)
      const body = await answer.text()
      assert.notEqual(answer.status, 401, path)
      assert.ok(answer.status < 500, `${path}: ${answer.status}`)
      assert.deepEqual(missingHeaders(answer), [], path)
      if (answer.status >= 400) assert.doesNotMatch(body, /node_modules|select |at .*\.ts:|postgres(ql)?:\/\//, path)
    }
  })
})

const missingHeaders = ({ headers }: Response): readonly string[] => [
  ...(/default-src 'none'/.test(headers.get('content-security-policy') ?? '') ? [] : ['content-security-policy']),
  ...(headers.get('x-content-type-options') === 'nosniff' ? [] : ['x-content-type-options']),
  ...(headers.get('referrer-policy') === 'no-referrer' ? [] : ['referrer-policy']),
  ...(headers.has('x-powered-by') || headers.has('access-control-allow-origin') ? ['too many headers'] : []),
]
