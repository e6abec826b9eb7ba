import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { keyTable } from '../../src/web/keys.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { keep, testBrowser, violations } from './browser.ts'
import { call, newTrace, root, runOf, sendFixture, sendLong, sendSpans, told } from './seed.ts'

const fixtures = ['claude-code-content', 'codex-cli', 'google-adk-js', 'mastra-otel', 'pydantic-ai-plain-v5', 'strands-default']
const longSteps = 10_000
const hostile =
  '<img src=x onerror=alert(1)></script><script>alert(2)</script> \u202Ereversed \u001b[31mred [l](javascript:alert(3)) ![i](https://evil.example/x.png)'

describe('the page', function () {
  this.timeout(120_000)
  const server = testServer({ settings: { traceUrlTemplate: 'http://jaeger.example/trace/{traceId}?uiFind={spanId}' } })
  const browser = testBrowser(() => server.api)
  const runs: Record<string, string> = {}
  const traces: Record<string, string> = {}
  const span = (digit: string): string => digit.repeat(16)

  before(async function () {
    this.timeout(120_000)
    for (const name of fixtures) await sendFixture(server.otlp, name)
    runs['long'] = await sendLong(server.otlp, longSteps)
    for (const [name, text] of [
      ['a', 'no flights'],
      ['b', 'two flights'],
    ] as const) {
      const trace = newTrace()
      traces[name] = trace
      runs[name] = runOf(trace)
      const id = span(name)
      await sendSpans(
        server.otlp,
        trace,
        [
          root('planner', id, 900, { 'gen_ai.conversation.id': 'session-91' }),
          call('read_calendar', 50, 100, { day: 'monday' }, 'free', { parent: id, id: span('1') }),
          call('search_flights', 200, 300, { from: 'VIE', to: 'LIS' }, text, { parent: id, id: span('2') }),
          ...(name === 'b' ? [call('book', 600, 100, { flight: 'TP1273' }, 'booked', { parent: id })] : []),
        ],
        Date.now() - 60_000,
      )
    }
    for (const name of ['odd', 'large']) {
      const trace = newTrace()
      traces[name] = trace
      runs[name] = runOf(trace)
    }
    await sendSpans(
      server.otlp,
      traces['odd'] ?? '',
      [
        root('odd-agent', span('d'), 1_500),
        ...[0, 1, 2, 5, 6].map(n => told(n, n === 1 ? hostile : `thought ${n} `.repeat(n === 2 ? 100_000 : 3), { parent: span('d') })),
      ],
      Date.now() - 30_000,
    )
    await sendSpans(
      server.otlp,
      traces['large'] ?? '',
      [root('large-agent', span('e'), 500), call('dump', 10, 50, { all: true }, 'x'.repeat(12_000_000), { parent: span('e') })],
      Date.now() - 20_000,
    )
    await drained(server.db)
  })

  const rowsOf = (page: Page) => page.locator('[role=row]')
  const run = (name: string): string => `/runs/${runs[name]}`

  it('is small', () => {
    const folder = new URL('../../dist/web/assets/', import.meta.url)
    const size = (ends: string): number =>
      readdirSync(folder)
        .filter(name => name.endsWith(ends))
        .reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length, 0)
    assert.ok(size('.js') <= 60_000 && size('.css') <= 12_000, `${size('.js')} B of scripts, ${size('.css')} B of styles`)
  })

  const screens: readonly (readonly [name: string, path: () => string, shown: string])[] = [
    ['runs', () => '/runs', '.run-name'],
    ['runs-no-match', () => '/runs?q=agent:nobody', '.nothing'],
    ['runs-bad-query', () => '/runs?q=colour:red', '#search-error:not(:empty)'],
    ['run', () => `${run('a')}?step=2`, '.detail .value'],
    ['run-odd', () => run('odd'), '.row-gap'],
    ['run-hostile', () => `${run('odd')}?step=1`, '.detail .value'],
    ['run-large', () => `${run('large')}?step=1`, '.pager'],
    ['run-timeline', () => `${run('a')}?view=timeline`, '.wide .time'],
    ['run-long', () => run('long'), '.step .time'],
    ['run-artifacts', () => `${run('a')}?view=artifacts`, '.nothing'],
    ['run-text', () => `${run('a')}?view=text`, '.text-numbers'],
    ['run-raw', () => `${run('a')}?view=raw`, '.json-row'],
    ['run-unknown', () => '/runs/00000000-0000-4000-8000-000000000000', '.problem'],
    ['compare', () => `/compare?a=${runs['a']}&b=${runs['b']}`, '.pair'],
    ['compare-choose', () => '/compare', 'form.nothing'],
    ['session', () => '/sessions/session-91', '.run-name'],
    ['status', () => '/status', '.figures-table'],
    ['trace-waiting', () => `/t/${'9'.repeat(32)}`, '.nothing'],
  ]
  for (const [name, path, shown] of screens)
    for (const theme of ['light', 'dark'] as const)
      it(`shows ${name} in the ${theme} theme without a violation or a request elsewhere`, async () => {
        const { page, strangers, dialogs, refused } = await browser.open(path(), theme)
        await page.locator(shown).first().waitFor()
        await page.waitForTimeout(150)
        assert.deepEqual(await violations(page), [])
        await keep(page, `${name}-${theme}`)
        assert.deepEqual([strangers, dialogs, refused], [[], [], []])
        await page.close()
      })

  it('shows the first of 10,000 steps soon, holds few nodes and reaches the last', async () => {
    const { page } = await browser.open('/runs')
    await page.locator('.run-name').first().waitFor()
    const from = Date.now()
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(run('long'))}); dispatchEvent(new PopStateEvent('popstate'))`)
    await rowsOf(page).first().waitFor()
    const took = Date.now() - from
    assert.ok(took < 3_000, `the first row took ${took} ms`)
    await page.locator(`[role=treegrid][aria-rowcount='${longSteps}']`).waitFor()
    await page.keyboard.press('End')
    await page
      .getByRole('row', { selected: true })
      .filter({ hasText: String(longSteps - 1) })
      .waitFor()
    const nodes: number = await page.evaluate("document.querySelectorAll('*').length")
    console.log(`      first row after ${took} ms, ${nodes} nodes`)
    assert.ok(nodes <= 600, `${nodes} nodes`)
    await page.close()
  })

  it('does by keys what the table says', async () => {
    const { page } = await browser.open(run('a'))
    await rowsOf(page).nth(3).waitFor()
    const selected = () => page.locator('.step.selected .seq').textContent()
    const press = async (action: string): Promise<void> => {
      const key = keyTable.find(it => (it.screen === 'run' || it.screen === 'everywhere') && it.action === action)?.keys[0]
      assert.ok(key, action)
      await page.keyboard.press(key === ' ' ? 'Space' : key)
    }
    await press('next')
    await press('next')
    assert.equal(await selected(), '1')
    await press('previous')
    assert.equal(await selected(), '0')
    await press('open')
    await page.locator('.detail').waitFor()
    await press('close')
    await page.locator('.detail').waitFor({ state: 'detached' })
    await press('last')
    assert.equal(await selected(), '3')
    await press('first')
    assert.equal(await selected(), '0')
    for (const [n, shown] of ['.steps', '.wide', '.nothing', '.text', '.raw'].entries()) {
      await press(`view${n + 1}`)
      await page.locator(shown).first().waitFor()
    }
    await press('view1')
    await press('zoomIn')
    await page.waitForURL(/z=\d+-\d+/)
    await press('zoomFit')
    await press('search')
    assert.equal(await page.evaluate('document.activeElement?.id'), 'filter')
    await page.keyboard.press('Escape')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('?')
    await page.locator('dialog').waitFor()
    for (const { does } of keyTable) assert.ok((await page.locator('dialog').textContent())?.includes(does), does)
    assert.deepEqual(await violations(page), [])
    await keep(page, 'keys-light')
    await page.close()
  })

  it('restores view, step, filter and zoom from a link, also after loading again', async () => {
    const { page } = await browser.open(`${run('a')}?view=timeline&step=2&z=100-700&q=search`)
    for (const _ of [1, 2]) {
      await page.locator('.wide .step.selected').waitFor()
      assert.equal(await page.locator('#filter').inputValue(), 'search')
      assert.ok(await page.locator('.detail').isVisible())
      await page.reload()
    }
    await page.close()
  })

  it('shows steps as they come and does not move what is read; says what came late', async () => {
    const trace = newTrace()
    const origin = Date.now() - 10_000
    await sendSpans(
      server.otlp,
      trace,
      [root('live-agent', span('f'), 9_000), call('one', 1_000, 100, {}, '1', { parent: span('f') })],
      origin,
    )
    await drained(server.db)
    const { page } = await browser.open(`${`/runs/${runOf(trace)}`}?step=1`)
    await page.locator('.step.selected').waitFor()
    await page.locator('.live').waitFor()
    const before = await page.locator('.step.selected').getAttribute('id')
    await sendSpans(server.otlp, trace, [call('two', 3_000, 100, {}, '2', { parent: span('f') })], origin)
    await page.getByRole('row').filter({ hasText: 'two' }).first().waitFor()
    assert.equal(await page.locator('.step.selected').getAttribute('id'), before)
    await sendSpans(server.otlp, trace, [call('early', 2_000, 100, {}, 'e', { parent: span('f') })], origin)
    await page.locator('.step.late').first().waitFor()
    assert.match((await page.locator('.notice').allTextContents()).join(' '), /2 steps arrived after you opened the page/)
    await keep(page, 'run-late-light')
    await page.close()
  })

  it('loses nothing when the connection drops', async () => {
    const trace = newTrace()
    const origin = Date.now() - 10_000
    await sendSpans(
      server.otlp,
      trace,
      [root('drop-agent', span('c'), 9_000), call('one', 1_000, 100, {}, '1', { parent: span('c') })],
      origin,
    )
    await drained(server.db)
    const { page } = await browser.open(`/runs/${runOf(trace)}`)
    await page.locator('.live').waitFor()
    await page.context().setOffline(true)
    const closed = page.evaluate('navigator.onLine')
    assert.equal(await closed, false)
    await sendSpans(server.otlp, trace, [call('two', 3_000, 100, {}, '2', { parent: span('c') })], origin)
    await drained(server.db)
    await page.context().setOffline(false)
    await page.getByRole('row').filter({ hasText: 'two' }).first().waitFor()
    await page.close()
  })

  it('shows hostile text and runs nothing of it, as Markdown neither', async () => {
    const { page, strangers, dialogs } = await browser.open(`${run('odd')}?step=1`)
    await page.locator('.detail .value pre').first().waitFor()
    assert.match((await page.locator('.detail .value pre').first().textContent()) ?? '', /<img src=x onerror.*⟨202e⟩reversed ⟨001b⟩\[31m/)
    await page.locator('.detail .value select').first().selectOption('Markdown')
    await page
      .locator('.markdown a')
      .first()
      .waitFor({ state: 'attached' })
      .catch(() => undefined)
    await page.waitForTimeout(300)
    assert.equal(await page.locator('.markdown img, .markdown script, .markdown a[href^=javascript]').count(), 0)
    assert.deepEqual([strangers, dialogs], [[], []])
    await page.locator('.detail .value select').first().selectOption('Verbatim')
    await page.close()
  })

  it('pages through a value of 12 MB', async () => {
    const { page } = await browser.open(`${run('large')}?step=1`)
    await page.getByText('Characters 0 to 2,000 of 12,000,000').waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByText('Characters 0 to 65,536 of 12,000,000').waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByText('Characters 65,536 to 131,072 of 12,000,000').waitFor()
    await page.close()
  })

  it('finds where two runs part', async () => {
    const { page } = await browser.open(`/compare?a=${runs['a']}&b=${runs['b']}`)
    await page.getByRole('button', { name: /First divergence: row 4, step 3 of A, 3 of B/ }).click()
    await page.locator('.diff-a', { hasText: 'no flights' }).waitFor()
    await page.locator('.diff-b', { hasText: 'two flights' }).waitFor()
    await keep(page, 'compare-difference-light')
    await page.close()
  })

  it('links to the span in Jaeger, and from its trace back to the step', async () => {
    const { page } = await browser.open(`/t/${traces['a']}/${span('2')}`)
    await page.locator('.detail a', { hasText: 'trace' }).waitFor()
    assert.match(page.url(), new RegExp(`/runs/${runs['a']}\\?step=`))
    const link = await page.locator('.detail a', { hasText: 'trace' }).getAttribute('href')
    assert.equal(link, `http://jaeger.example/trace/${traces['a']}?uiFind=${span('2')}`)
    await page.close()
  })

  it('says by itself, without scripts, what the run was', async () => {
    const html = await (await fetch(server.api + run('a'))).text()
    assert.match(html, /<title>Run [0-9a-f-]{36} of planner: /)
    assert.match(html, /<noscript><pre>[\s\S]*search_flights/)
    const odd = await (await fetch(server.api + run('odd'))).text()
    assert.doesNotMatch(odd, /<img|<script>alert/)
  })
})

describe('the page of an empty server', function () {
  this.timeout(60_000)
  const server = testServer()
  const browser = testBrowser(() => server.api)

  for (const theme of ['light', 'dark'] as const)
    it(`leads to a first run, in the ${theme} theme`, async () => {
      const { page } = await browser.open('/', theme)
      await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${server.otlp}`).waitFor()
      await page.getByText('last request: none').waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `first-run-${theme}`)
      await page.close()
    })

  it('shows the run as soon as it has come', async () => {
    const { page } = await browser.open('/runs')
    await page.getByText('last request: none').waitFor()
    await sendFixture(server.otlp, 'strands-default')
    await page.locator('.run-name').first().waitFor()
    await page.close()
  })
})

describe('the page behind a base path and a token', function () {
  this.timeout(60_000)
  const server = testServer({ settings: { basePath: '/led', readTokens: ['secret'] } })
  const browser = testBrowser(() => server.api)

  for (const theme of ['light', 'dark'] as const)
    it(`asks for the token and reads with it, in the ${theme} theme`, async () => {
      const { page, strangers } = await browser.open('/led/status', theme)
      await page.getByLabel('Read token').waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `token-${theme}`)
      await page.getByLabel('Read token').fill('secret')
      await page.getByRole('button', { name: 'Use it' }).click()
      await page.locator('.figures-table').waitFor()
      await page.evaluate('localStorage.clear()')
      assert.deepEqual(strangers, [])
      await page.close()
    })
})
