import assert from 'node:assert/strict'
import { testServer } from '../support/server.ts'
import { keepBoth, testBrowser } from './browser.ts'
import { seeded, span } from './seeded.ts'

describe('what the page says', function () {
  this.timeout(120_000)
  const server = testServer({ settings: { traceUrlTemplate: 'http://jaeger.example/trace/{traceId}?uiFind={spanId}' } })
  const browser = testBrowser(() => server.api)
  const { run, id, trace } = seeded(server)

  it('is restored from a link: view, step, filter and zoom, also after loading again', async () => {
    const { page } = await browser.open(`${run('a')}?view=timeline&step=2&z=100-700&q=search`)
    for (const _ of [1, 2]) {
      await page.locator('.wide .step.selected').waitFor()
      assert.equal(await page.locator('#filter').inputValue(), 'search')
      assert.ok(await page.locator('.detail').isVisible())
      // The run's steps take 450 ms: 100 ms lie left of the window.
      assert.match((await page.locator('.minimap .window').getAttribute('style')) ?? '', /left: 22\./)
      await page.reload()
    }
    await page.close()
  })

  it('is where in time a step lay: a result ends when it came', async () => {
    const { page } = await browser.open(`${run('a')}?view=timeline`)
    await page.locator('.wide .time').nth(3).waitFor()
    const bars = await Promise.all([2, 3].map(n => page.locator('.wide .time').nth(n).boundingBox()))
    const [asked, answered] = bars.map(it => it?.x ?? 0)
    assert.ok(Math.abs((asked ?? 0) - (answered ?? 0)) < 3, `called at ${asked}, worked from ${answered} on`)
    await page.close()
  })

  it('is hostile text that runs nothing, as Markdown neither', async () => {
    const { page, strangers, dialogs, refused } = await browser.open(`${run('odd')}?step=1`)
    await page.locator('.detail .value pre').first().waitFor()
    assert.match((await page.locator('.detail .value pre').first().textContent()) ?? '', /<img src=x onerror.*⟨202e⟩reversed ⟨001b⟩\[31m/)
    await page.locator('.detail .value select').first().selectOption('Markdown')
    await page.locator('.markdown p').first().waitFor()
    assert.match((await page.locator('.markdown').textContent()) ?? '', /<img src=x.*\[l\]\(javascript:alert\(3\)\) !\[i\]/)
    assert.equal(await page.locator('.markdown img, .markdown script, .markdown a').count(), 0)
    await keepBoth(page, 'run-markdown')
    assert.deepEqual([strangers, dialogs, refused], [[], [], []])
    await page.locator('.detail .value select').first().selectOption('Verbatim')
    await page.close()
  })

  it('is a line of a million characters, cut until it is asked for', async () => {
    const { page } = await browser.open(`${run('odd')}?step=2`)
    await page.locator('.pager').waitFor()
    assert.equal((await page.locator('.detail .value pre').first().textContent())?.length, 2_000)
    await page.close()
  })

  it('is Markdown where it is wanted: headings, lists, tables, links', async () => {
    const { page } = await browser.open(`${run('demo')}?view=artifacts`)
    await page.locator('.artifacts th a').first().click()
    await page.locator('.artifact select').selectOption('Markdown')
    await page.locator('.markdown h4', { hasText: 'Weather in Oslo' }).waitFor()
    await page.locator('.artifact select').selectOption('Verbatim')
    await page.close()
  })

  it('is where two runs part', async () => {
    const { page } = await browser.open(`/compare?a=${id('a')}&b=${id('b')}`)
    await page.getByRole('button', { name: /First divergence: row 4, step 3 of A, 3 of B/ }).click()
    await page.locator('.diff-a', { hasText: 'no flights' }).waitFor()
    await page.locator('.diff-b', { hasText: 'two flights' }).waitFor()
    await keepBoth(page, 'compare-difference')
    await page.close()
  })

  it('leads to the span in Jaeger, and from its trace back to the step', async () => {
    const { page } = await browser.open(`/t/${trace('a')}/${span('2')}`)
    await page.locator('.detail a', { hasText: 'trace' }).waitFor()
    assert.match(page.url(), new RegExp(`/runs/${id('a')}\\?step=`))
    const link = await page.locator('.detail a', { hasText: 'trace' }).getAttribute('href')
    assert.equal(link, `http://jaeger.example/trace/${trace('a')}?uiFind=${span('2')}`)
    await page.close()
  })

  it('is nothing of a process that may have died where the run has ended', async () => {
    const { page } = await browser.open(run('demo'))
    await page.locator('.step .time').first().waitFor()
    await page.clock.setFixedTime(Date.now() + 600_000)
    await page.getByText('10 m ago').first().waitFor()
    assert.equal(await page.getByText('may have died').count(), 0)
    await page.close()
  })

  it('is the question a run was asked, not its JSON', async () => {
    const { page } = await browser.open('/runs?q=agent:weather-agent')
    assert.equal(await page.locator('.run-said q').first().textContent(), 'Do I need an umbrella in Oslo today?')
    await page.close()
  })

  it('is there without scripts too: what the run was', async () => {
    const html = await (await fetch(server.api + run('a'))).text()
    assert.match(html, /<title>Run [0-9a-f-]{36} of planner: /)
    assert.match(html, /<noscript><pre>[\s\S]*search_flights/)
    const odd = await (await fetch(server.api + run('odd'))).text()
    assert.doesNotMatch(odd, /<img|<script>alert/)
  })
})
