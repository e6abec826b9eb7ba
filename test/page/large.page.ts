import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { keepBoth, testBrowser } from './browser.ts'
import { call, newTrace, root, runOf, sendLong, sendSpans } from './seed.ts'
import { largeCharacters, span } from './seeded.ts'

/** How long a screen may stand still at once: generous, for a machine that does much beside. */
const maxStillMs = 1_000
const tries = 3

describe('the page of large runs', function () {
  this.timeout(180_000)
  const server = testServer()
  const browser = testBrowser(() => server.api)

  const long = async (steps: number): Promise<string> => {
    const run = await sendLong(server.otlp, steps)
    await drained(server.db)
    return run
  }
  /** Milliseconds from going to a run until its first row is there. */
  const firstRow = async (page: Page, run: string): Promise<number> => {
    const from = Date.now()
    await page.evaluate(`history.pushState(null, '', '/runs/${run}'); dispatchEvent(new PopStateEvent('popstate'))`)
    await page.locator('[role=row]').first().waitFor()
    return Date.now() - from
  }
  const away = async (page: Page): Promise<void> => {
    await page.evaluate(`history.pushState(null, '', '/runs'); dispatchEvent(new PopStateEvent('popstate'))`)
    await page.locator('.run-name').first().waitFor()
  }
  /** The longest that the screen stood still while `act` ran, in milliseconds. */
  const stillness = async (page: Page, act: () => Promise<void>): Promise<number> => {
    await page.evaluate(`
      self.still = 0
      let before = performance.now()
      const look = now => { self.still = Math.max(self.still, now - before); before = now; self.looking = requestAnimationFrame(look) }
      self.looking = requestAnimationFrame(look)`)
    await act()
    return page.evaluate('cancelAnimationFrame(self.looking), self.still')
  }
  const nodesOf = (page: Page): Promise<number> => page.evaluate("document.querySelectorAll('*').length")
  const reachesEnd = async (page: Page, steps: number): Promise<void> => {
    await page.locator(`[role=treegrid][aria-rowcount='${steps}']`).waitFor()
    await page.keyboard.press('End')
    const last = page.locator(`.step.selected[aria-posinset='${steps}'] .seq`)
    assert.equal(await last.textContent(), String(steps - 1))
  }

  it('shows the first of 10,000 steps within a second, holds few nodes and reaches the last', async () => {
    const steps = 10_000
    const run = await long(steps)
    const { page } = await browser.open('/runs')
    await page.locator('.run-name').first().waitFor()
    const took: number[] = []
    for (let n = 0; n < tries; n += 1) {
      if (n > 0) await away(page)
      took.push(await firstRow(page, run))
    }
    await reachesEnd(page, steps)
    const nodes = await nodesOf(page)
    console.log(`      first row after ${took.join(', ')} ms, ${nodes} nodes`)
    assert.ok(Math.min(...took) <= 1_000, `the first row took ${took.join(', ')} ms`)
    assert.ok(nodes <= 600, `${nodes} nodes`)
    await keepBoth(page, 'run-long')
    await page.close()
  })

  it('can be used with 50,000 steps: read to the end, filtered, by keys', async () => {
    const steps = 50_000
    const run = await long(steps)
    const { page } = await browser.open('/runs')
    await page.locator('.run-name').first().waitFor()
    const took = await firstRow(page, run)
    const whole = Date.now()
    await reachesEnd(page, steps)
    const read = Date.now() - whole
    const still = await stillness(page, async () => {
      for (const key of ['PageUp', 'k', 'Home', 'j', 'End', 'E']) await page.keyboard.press(key)
      await page.locator('.step.selected.failed').waitFor()
      await page.locator('#filter').fill('file-24999')
      await page.locator("[role=treegrid][aria-rowcount='1']").waitFor()
    })
    const nodes = await nodesOf(page)
    console.log(`      first row after ${took} ms, all read after ${read} ms, still for ${Math.round(still)} ms, ${nodes} nodes`)
    assert.ok(still <= maxStillMs * 2 && nodes <= 600, `still for ${still} ms, ${nodes} nodes`)
    await page.close()
  })

  it('pages through a value of 20 MB and does not stand still', async () => {
    const trace = newTrace()
    await sendSpans(
      server.otlp,
      trace,
      [root('large-agent', span('e'), 500), call('dump', 10, 50, { all: true }, 'x'.repeat(largeCharacters), { parent: span('e') })],
      Date.now() - 20_000,
    )
    await drained(server.db)
    const { page } = await browser.open(`/runs/${runOf(trace)}`)
    await page.locator('[role=row]').nth(1).waitFor()
    const still = await stillness(page, async () => {
      await page.locator('[role=row]').nth(1).click()
      await page.getByText('Characters 0 to 2,000 of 20,000,000').waitFor()
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByText('Characters 0 to 65,536 of 20,000,000').waitFor()
      await page.getByRole('button', { name: 'More' }).click()
      await page.getByText('Characters 65,536 to 131,072 of 20,000,000').waitFor()
    })
    console.log(`      still for ${Math.round(still)} ms at most`)
    assert.ok(still <= maxStillMs, `still for ${still} ms`)
    await page.close()
  })
})
