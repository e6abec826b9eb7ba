import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { runDemo } from '../../src/demo.ts'
import { testServer } from '../support/server.ts'

describe('runledger mcp', () => {
  const server = testServer()

  it('serves the tools to a client that starts it', async function () {
    this.timeout(60_000)
    await runDemo({ api: server.api, otlp: server.otlp })
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(new StdioClientTransport({ command: process.execPath, args: ['src/cli.ts', 'mcp', '--url', server.api] }))
    try {
      assert.match(JSON.stringify(await client.callTool({ name: 'list_runs', arguments: {} })), /completed/)
      assert.match(JSON.stringify(await client.callTool({ name: 'get_step', arguments: { run: 'no id', sequence: 0 } })), /run/)
    } finally {
      await client.close()
    }
  })
})
