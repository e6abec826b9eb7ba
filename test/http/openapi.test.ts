import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { testApi } from './api-server.ts'

const committed = new URL('../../docs/openapi.json', import.meta.url)

describe('the OpenAPI document', () => {
  const api = testApi()

  it('is the committed one (UPDATE_GOLDEN=1 writes it)', async () => {
    const served = await (await fetch(`${api.url}/api/openapi.json`)).json()
    const text = `${JSON.stringify(served, null, 2)}\n`
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(committed, text)
    assert.deepEqual(served, JSON.parse(readFileSync(committed, 'utf8')))
  })

  it('is shown as a page that needs no script', async () => {
    const response = await fetch(`${api.url}/api`)
    const html = await response.text()
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/)
    assert.match(html, /GET <code>\/api\/runs\/\{id\}\/steps<\/code>/)
    assert.doesNotMatch(html, /<script|<style|style=/)
  })
})
