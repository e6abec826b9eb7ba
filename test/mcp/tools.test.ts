import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { InMemoryTransport } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { runDemo } from '../../src/demo.ts'
import { createHttpSource, createMcpServer } from '../../src/mcp/index.ts'
import { RunItemPage } from '../../src/model/api/run-item.ts'
import { StepItemPage } from '../../src/model/api/step-item.ts'
import { testServer } from '../support/server.ts'

const Structured = z.object({
  left_out: z.string().nullable(),
  next: z.object({ tool: z.string(), arguments: z.record(z.string(), z.union([z.string(), z.number()])) }).nullable(),
})
const Result = z.object({
  content: z.tuple([z.object({ type: z.literal('text'), text: z.string() })]),
  isError: z.boolean().optional(),
  structuredContent: Structured.optional(),
})

const readToken = 'reads'

describe('the MCP tools', () => {
  const server = testServer({ settings: { readTokens: [readToken], ingestTokens: ['sends'] } })
  const clients = new Map<string, Client>()
  let run = ''
  let other = ''

  const headers = { authorization: `Bearer ${readToken}` }
  const overHttp = async (): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.api}/mcp`), { requestInit: { headers } }))
    return client
  }
  // What `runledger mcp` does, without the pipe: the tools in the client's process, the API far away.
  const beside = async (): Promise<Client> => {
    const [near, far] = InMemoryTransport.createLinkedPair()
    const source = createHttpSource({ url: server.api, token: readToken })
    const failed = (error: unknown): void => assert.fail(String(error))
    await createMcpServer({ source, version: '1', failed }).connect(far)
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(near)
    return client
  }
  const call = async (way: string, name: string, given: Record<string, unknown>) => {
    const { content, isError, structuredContent } = Result.parse(await clients.get(way)?.callTool({ name, arguments: given }))
    return { text: content[0].text, isError: isError === true, ...(structuredContent ?? { left_out: null, next: null }) }
  }

  before(async function () {
    this.timeout(60_000)
    for (let n = 0; n < 3; n += 1) await runDemo({ api: server.api, otlp: server.otlp, readToken, ingestToken: 'sends' })
    const { items } = RunItemPage.parse(await (await fetch(`${server.api}/api/runs`, { headers })).json())
    run = items[0]?.id ?? ''
    other = items[1]?.id ?? ''
    clients.set('/mcp', await overHttp()).set('the API', await beside())
  })
  after(async () => {
    for (const client of clients.values()) await client.close()
  })

  it('are seven, and none says that it writes', async () => {
    const { tools } = (await clients.get('/mcp')?.listTools()) ?? { tools: [] }
    const names = ['compare_runs', 'get_artifact', 'get_run', 'get_step', 'list_errors', 'list_runs', 'search_steps']
    assert.deepEqual(tools.map(tool => tool.name).sort(), names)
    for (const { annotations } of tools) assert.deepEqual([annotations?.readOnlyHint, annotations?.destructiveHint], [true, false])
  })

  it('are closed without a token', async () => {
    const answer = await fetch(`${server.api}/mcp`, { method: 'POST', body: '{}' })
    assert.equal(answer.status, 401)
  })

  for (const way of ['/mcp', 'the API'])
    describe(`by ${way}`, () => {
      it('list runs, page by page', async () => {
        const first = await call(way, 'list_runs', { limit: 2 })
        assert.match(first.text, new RegExp(`^${run} \\|`, 'm'))
        assert.equal(first.left_out, 'older runs')
        const second = await call(way, 'list_runs', first.next?.arguments ?? {})
        assert.doesNotMatch(second.text, new RegExp(run))
        assert.equal(second.left_out, null)
      })

      it('say where a query is wrong, as something the caller can do better', async () => {
        const { text, isError } = await call(way, 'list_runs', { query: 'status:odd' })
        assert.deepEqual([isError, /At character 1: Expected status: and one of pending/.test(text)], [true, true], text)
        const unknown = await call(way, 'get_run', { run: '00000000-0000-4000-8000-000000000000' })
        assert.deepEqual([unknown.isError, unknown.text], [true, 'There is no run 00000000-0000-4000-8000-000000000000'])
      })

      it('tell a run within the budget, and how to get what was left out', async () => {
        const whole = await call(way, 'get_run', { run })
        assert.match(whole.text, /data of third parties/)
        assert.equal(whole.left_out, null)
        const little = await call(way, 'get_run', { run, max_tokens: 500 })
        assert.ok(little.text.length < whole.text.length || little.left_out === null)
      })

      it('tell a step piece by piece, and the pieces are the whole', async () => {
        const { items } = StepItemPage.parse(await (await fetch(`${server.api}/api/runs/${run}/steps`, { headers })).json())
        const largest = items.toSorted((a, b) => b.bytes - a.bytes)[0]
        const recorded = (text: string): string => text.split('<recorded>\n')[1]?.split('\n</recorded>')[0] ?? ''
        const whole = recorded((await call(way, 'get_step', { run, sequence: largest?.sequence, max_tokens: 50_000 })).text)
        let told = ''
        for (let next: Record<string, unknown> | undefined = { run, sequence: largest?.sequence, max_tokens: 500 }; next !== undefined; ) {
          const piece = await call(way, 'get_step', next)
          assert.ok(piece.text.length < 2_100, `${piece.text.length} characters`)
          told += recorded(piece.text)
          next = piece.next?.arguments
        }
        assert.equal(told, whole)
        assert.equal(z.looseObject({ id: z.string() }).parse(JSON.parse(whole)).id, largest?.id)
      })

      it('search, list errors and artifacts, and compare', async () => {
        const { items } = StepItemPage.parse(await (await fetch(`${server.api}/api/runs/${run}/steps`, { headers })).json())
        const tool = items.find(step => step.type === 'tool_call')
        const found = await call(way, 'search_steps', { run, words: tool?.name ?? '', type: 'tool_call' })
        assert.match(found.text, new RegExp(`#${tool?.sequence} tool_call ${tool?.name}`))
        assert.match((await call(way, 'list_errors', {})).text, /\(error\)|No run with an error/)
        const artifacts = await call(way, 'get_artifact', { run })
        const artifact = /^([0-9a-f-]{36}) \{/m.exec(artifacts.text)?.[1]
        const bytes = await call(way, 'get_artifact', { run, artifact })
        assert.equal(bytes.isError || /<recorded>/.test(bytes.text), true)
        assert.match((await call(way, 'compare_runs', { a: run, b: other })).text, /duration_ms: [\d.]+ \| [\d.]+/)
      })
    })
})
