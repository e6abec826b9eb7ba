import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ATTR_STEP_TYPE } from '../../src/semconv.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { keep, keepBoth, testBrowser, violations } from './browser.ts'
import { call, newTrace, root, runOf, sendFixture, sendSpans } from './seed.ts'
import { span } from './seeded.ts'
import { testWire } from './wire.ts'

const run = promisify(execFile)

describe('the page while things happen', function () {
  this.timeout(60_000)
  const server = testServer()
  const wire = testWire(() => server.api)
  const browser = testBrowser(() => wire.origin)
  const begun = async (agent: string, id: string) => {
    const trace = newTrace()
    const origin = Date.now() - 10_000
    const send = (tool: string, at: number): Promise<void> =>
      sendSpans(server.otlp, trace, [call(tool, at, 100, {}, tool, { parent: id })], origin)
    await sendSpans(server.otlp, trace, [root(agent, id, 9_000), call('one', 1_000, 100, {}, '1', { parent: id })], origin)
    await drained(server.db)
    return { path: `/runs/${runOf(trace)}`, send }
  }

  it('shows steps as they come and does not move what is read; says what came late', async () => {
    const { path, send } = await begun('live-agent', span('f'))
    const { page } = await browser.open(`${path}?step=1`)
    await page.locator('.step.selected').waitFor()
    await page.locator('.live').waitFor()
    const before = await page.locator('.step.selected').boundingBox()
    await send('two', 3_000)
    await page.getByRole('row').filter({ hasText: 'two' }).first().waitFor()
    assert.deepEqual(await page.locator('.step.selected').boundingBox(), before)
    await send('early', 2_000)
    await page.locator('.step.late').first().waitFor()
    assert.match((await page.locator('.notice').allTextContents()).join(' '), /2 steps arrived after you opened the page/)
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      assert.deepEqual(await violations(page), [])
      await keep(page, `run-late-${theme}`)
    }
    await page.close()
  })

  it('loses nothing when the connection is cut: it says so, and takes up where it was', async () => {
    const { path, send } = await begun('drop-agent', span('c'))
    const { page } = await browser.open(path)
    await page.locator('.live').waitFor()
    wire.cut()
    await page.getByText('reconnecting').waitFor()
    await keepBoth(page, 'run-lost')
    await send('two', 3_000)
    await send('early', 500)
    await drained(server.db)
    assert.equal(await page.getByRole('row').filter({ hasText: 'two' }).count(), 0)
    wire.mend()
    for (const tool of ['two', 'early']) await page.getByRole('row').filter({ hasText: tool }).first().waitFor()
    await send('three', 4_000)
    await page.getByRole('row').filter({ hasText: 'three' }).first().waitFor()
    assert.deepEqual(await page.locator('.step:not(.axis) .seq').allTextContents(), ['0', '1', '2', '3', '4', '5', '6', '7'])
    await page.close()
  })

  it('keeps the list of runs still while one is chosen, and counts what came', async () => {
    const { page } = await browser.open('/runs')
    await page.locator('.run-name').first().waitFor()
    await page.keyboard.press('j')
    const chosen = await page.locator('.run.selected .run-name').getAttribute('href')
    await begun('new-agent', span('b'))
    await page.getByRole('button', { name: '1 new run' }).waitFor()
    assert.equal(await page.locator('.run.selected .run-name').getAttribute('href'), chosen)
    await keepBoth(page, 'runs-new')
    await page.getByRole('button', { name: '1 new run' }).click()
    await page.locator('.run-name', { hasText: 'new-agent' }).waitFor()
    await page.close()
  })

  it('goes from a trace to its run as soon as there is one, at the step of a call', async () => {
    const trace = newTrace()
    const { page } = await browser.open(`/t/${trace}?call=call_50_one`)
    await page.getByText('Not here yet').waitFor()
    await sendSpans(
      server.otlp,
      trace,
      [
        root('late-agent', span('4'), 900),
        call('none', 10, 10, {}, '0', { parent: span('4') }),
        call('one', 50, 100, {}, '1', { parent: span('4') }),
      ],
      Date.now() - 1_000,
    )
    await page.waitForURL(new RegExp(`/runs/${runOf(trace)}\\?step=2$`))
    await page.close()
  })
})

describe('the page of a server without runs', function () {
  this.timeout(60_000)
  const server = testServer()
  const browser = testBrowser(() => server.api)

  it('tells of spans that make no run', async () => {
    const { page } = await browser.open('/runs')
    await page.getByText('last request: none').waitFor()
    await sendSpans(server.otlp, newTrace(), [{ name: 'GET /', at: 0, ms: 5, attributes: { 'http.request.method': 'GET' } }], Date.now())
    await page.getByText('nothing in them looks like an agent').waitFor()
    await page.close()
  })

  it('shows the run that its own command makes, as soon as it has come', async () => {
    const { page } = await browser.open('/runs')
    const command = await page.locator('.copybox pre').last().textContent()
    await run('sh', ['-c', `${command}`])
    await page.locator('.run-name', { hasText: 'my-agent' }).waitFor()
    await page.locator('.run-name').first().click()
    await page.getByRole('row').filter({ hasText: 'hello' }).first().waitFor()
    await page.goto(server.api)
    await page.getByRole('row').filter({ hasText: 'hello' }).first().waitFor()
    await page.close()
  })

  it('shows the runs of a real agent as they come', async () => {
    const { page } = await browser.open('/runs')
    await page.locator('.run-name').first().waitFor()
    await sendFixture(server.otlp, 'strands-default')
    await page.locator('.run-name').nth(1).waitFor()
    await page.close()
  })
})

describe('the page of a run without an end', function () {
  this.timeout(60_000)
  const server = testServer({ settings: { idleTimeoutMs: 300, graceMs: 100 } })
  const browser = testBrowser(() => server.api)

  for (const theme of ['light', 'dark'] as const)
    it(`says that no end was received, in the ${theme} theme`, async () => {
      const trace = newTrace()
      // It has asked for a tool and was heard of no more.
      const asked = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'compile', [ATTR_STEP_TYPE]: 'tool_call' }
      await sendSpans(server.otlp, trace, [{ name: 'ask', at: 0, ms: 5, attributes: asked, parent: span('f') }], Date.now() - 5_000)
      const { page } = await browser.open('/runs', theme)
      await page.getByText('no end received').first().waitFor()
      await page.goto(`${server.api}/runs/${runOf(trace)}`)
      await page.getByText('no end received').first().waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `run-abandoned-${theme}`)
      await page.close()
    })
})
