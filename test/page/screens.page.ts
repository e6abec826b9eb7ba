import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { testServer } from '../support/server.ts'
import { keep, keepBoth, testBrowser, violations } from './browser.ts'
import { seeded } from './seeded.ts'

describe('the page', function () {
  this.timeout(120_000)
  const server = testServer({ settings: { traceUrlTemplate: 'http://jaeger.example/trace/{traceId}?uiFind={spanId}' } })
  const browser = testBrowser(() => server.api)
  const { run, id } = seeded(server)

  it('weighs 60 kB of scripts and 12 kB of styles at most, all of it', () => {
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
    ['run', () => run('demo'), '.step .time'],
    ['run-detail', () => `${run('demo')}?step=1`, '.detail .value'],
    ['run-plan', () => `${run('demo')}?step=0`, '.detail .plan'],
    ['run-nested', () => run('nested'), '.row-group'],
    ['run-running', () => run('running'), '.status-running, .status-pending'],
    ['run-cancelled', () => run('cancelled'), '.status-cancelled'],
    ['run-failed', () => `${run('failed')}?step=1`, '.detail .value'],
    ['run-parked', () => run('parked'), '.notice.bad'],
    ['run-odd', () => run('odd'), '.row-gap'],
    ['run-hostile', () => `${run('odd')}?step=1`, '.detail .value'],
    ['run-large', () => `${run('large')}?step=1`, '.pager'],
    ['run-filtered', () => `${run('demo')}?q=weather&kinds=tool_call,tool_result`, '.step .time'],
    ['run-filtered-away', () => `${run('demo')}?q=nobody`, '.run-body .nothing'],
    ['run-timeline', () => `${run('nested')}?view=timeline`, '.wide .time'],
    ['run-artifacts', () => `${run('demo')}?view=artifacts`, '.artifacts td'],
    ['run-artifacts-none', () => `${run('a')}?view=artifacts`, '.nothing'],
    ['run-text', () => `${run('demo')}?view=text#L3`, '.text-mark'],
    ['run-raw', () => `${run('a')}?view=raw`, '.json-row'],
    ['run-unknown', () => '/runs/00000000-0000-4000-8000-000000000000', '.problem'],
    ['compare', () => `/compare?a=${id('a')}&b=${id('b')}`, '.pair'],
    ['compare-choose', () => '/compare', 'form.nothing'],
    ['session', () => '/sessions/session-91', '.run-name'],
    ['status', () => '/status', '.two table'],
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

  for (const theme of ['light', 'dark'] as const)
    it(`shows the content of an artifact, the keys and a peek in the ${theme} theme`, async () => {
      const { page, refused } = await browser.open(`${run('demo')}?view=artifacts`, theme)
      await page.locator('.artifacts th a').first().click()
      await page.locator('.artifact .value').waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `run-artifact-${theme}`)
      await page.keyboard.press('?')
      await page.locator('dialog').waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `keys-${theme}`)
      await page.goto(`${server.api}/runs`)
      await page.locator('.run-name').first().waitFor()
      await page.keyboard.press('j')
      await page.keyboard.press('Space')
      await page.locator('.peek pre').waitFor()
      assert.deepEqual(await violations(page), [])
      await keep(page, `runs-peek-${theme}`)
      assert.deepEqual(refused, [])
      await page.close()
    })

  for (const width of [800, 400])
    it(`fits a width of ${width} pixels without scrolling sideways`, async () => {
      const { page } = await browser.open('/runs')
      await page.setViewportSize({ width, height: 820 })
      for (const path of ['/runs', `${run('demo')}?step=2`, `/compare?a=${id('a')}&b=${id('b')}`, '/status']) {
        await page.goto(server.api + path)
        await page.locator('.run-name, .detail .value, .pair, .two table').first().waitFor()
        const wider: number = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.ok(wider <= 0, `${path} is ${wider} pixels too wide`)
        if (path.includes('?step')) await keepBoth(page, `run-${width}px`)
      }
      await page.close()
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
