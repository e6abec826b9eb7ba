import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type KeyScreen, keyTable } from '../../src/web/keys.ts'
import { testServer } from '../support/server.ts'
import { testBrowser, violations } from './browser.ts'
import { seeded } from './seeded.ts'

describe('the keys of the page', function () {
  this.timeout(120_000)
  const server = testServer({ settings: { traceUrlTemplate: 'http://jaeger.example/trace/{traceId}?uiFind={spanId}' } })
  const browser = testBrowser(() => server.api)
  const { run, id } = seeded(server)

  const keyOf = (screen: KeyScreen, action: string): string => {
    const key = keyTable.find(it => (it.screen === screen || it.screen === 'everywhere') && it.action === action)?.keys[0]
    assert.ok(key, action)
    return key
  }
  const presser =
    (page: Page, screen: KeyScreen) =>
    async (...actions: readonly string[]): Promise<void> => {
      for (const action of actions)
        for (const key of keyOf(screen, action).split(/(?<=.) /)) await page.keyboard.press(key === ' ' ? 'Space' : key)
    }

  const places: readonly (readonly [screen: KeyScreen, path: () => string, shown: string])[] = [
    ['runs', () => '/runs', '.run-name'],
    ['run', () => `${run('nested')}?step=3`, '.detail .value'],
    ['compare', () => `/compare?a=${id('a')}&b=${id('b')}&row=0`, '.pair'],
  ]
  for (const [screen, path, shown] of places)
    it(`are all listened to, as the table has them: ${screen}`, async () => {
      const { page, refused } = await browser.open(path())
      const unheard: string[] = []
      for (const { keys, action } of keyTable.filter(it => it.screen === screen || it.screen === 'everywhere'))
        for (const key of keys) {
          await page.evaluate(`history.replaceState(null, '', ${JSON.stringify(path())}); dispatchEvent(new PopStateEvent('popstate'))`)
          await page.locator(shown).first().waitFor()
          if (screen === 'runs') await page.keyboard.press('j')
          const heard: boolean = await page.evaluate(`
            open = () => null;
            ${JSON.stringify(key === ' ' ? [key] : key.split(' '))}.map(key =>
              !document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))).at(-1)`)
          if (!heard) unheard.push(`${key} ${action}`)
        }
      assert.deepEqual([unheard, refused], [[], []])
      await page.close()
    })

  it('move through a run, open and close, change the view and the zoom', async () => {
    const { page } = await browser.open(run('a'))
    const press = presser(page, 'run')
    const selected = () => page.locator('.step.selected .seq').textContent()
    await page.locator('[role=row]').nth(3).waitFor()
    await press('next', 'next')
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
    await press('view1', 'zoomIn')
    await page.waitForURL(/z=\d+-\d+/)
    await press('zoomFit')
    await page.waitForURL(url => !url.search.includes('z='))
    await press('search')
    assert.equal(await page.evaluate('document.activeElement?.id'), 'filter')
    await page.close()
  })

  it('fold and unfold, and find what failed and what matches', async () => {
    const { page } = await browser.open(run('nested'))
    const press = presser(page, 'run')
    const rows = page.locator('.rows [role=row]')
    const selected = () => page.locator('.step.selected .said').textContent()
    await page.locator('.row-group').waitFor()
    const unfolded = await rows.count()
    await press('collapseAll')
    assert.equal(await rows.count(), unfolded - 8)
    await press('nextError')
    assert.match((await selected()) ?? '', /pricing/)
    await press('expand')
    assert.equal(await rows.count(), unfolded)
    await press('nextError')
    assert.match((await selected()) ?? '', /price_2 failed/)
    // From a result to its call, and from there to its agent.
    await press('collapse', 'collapse')
    assert.match((await selected()) ?? '', /pricing/)
    await page.locator('#filter').fill('price_3')
    await page.evaluate('document.activeElement.blur()')
    await press('nextMatch')
    assert.match((await selected()) ?? '', /price_3/)
    await press('close')
    assert.equal(await page.locator('#filter').inputValue(), '')
    await page.close()
  })

  it('choose two runs, compare them, and walk through the differences', async () => {
    const { page } = await browser.open('/runs?q=agent:planner')
    const press = presser(page, 'runs')
    await page.locator('.run-name').nth(1).waitFor()
    await press('next', 'mark', 'next', 'mark', 'compare')
    await page.locator('.pair').first().waitFor()
    const compared = presser(page, 'compare')
    await compared('nextDifference')
    assert.match((await page.locator('.pair.selected .pair-word').textContent()) ?? '', /differs/)
    const before = new URL(page.url()).searchParams
    await compared('swap')
    await page.waitForURL(url => url.searchParams.get('a') === before.get('b') && url.searchParams.get('b') === before.get('a'))
    await page.close()
  })

  it('go from run to run as the list had them', async () => {
    const { page } = await browser.open('/runs?q=agent:planner')
    const list = await Promise.all([0, 1].map(n => page.locator('.run-name').nth(n).getAttribute('href')))
    await presser(page, 'runs')('next', 'open')
    await page.waitForURL(url => url.pathname === list[0])
    await page.locator('[role=row]').first().waitFor()
    await presser(page, 'run')('nextRun')
    await page.waitForURL(url => url.pathname === list[1])
    await presser(page, 'run')('previousRun')
    await page.waitForURL(url => url.pathname === list[0])
    await page.close()
  })

  it('are all told on the sheet, and single ones can be switched off', async () => {
    const { page } = await browser.open(run('a'))
    await page.locator('[role=row]').first().waitFor()
    await page.keyboard.press('?')
    const sheet = page.locator('dialog')
    await sheet.waitFor()
    for (const { does } of keyTable) assert.ok((await sheet.textContent())?.includes(does), does)
    assert.deepEqual(await violations(page), [])
    await sheet.getByLabel('single keys').click()
    await sheet.getByRole('button', { name: 'Close' }).click()
    await page.keyboard.press('j')
    assert.equal(await page.locator('.step.selected').count(), 0)
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.locator('.step.selected').count(), 1)
    await page.evaluate('localStorage.clear()')
    await page.close()
  })
})
