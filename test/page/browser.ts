import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type Opened = { readonly page: Page; readonly strangers: string[]; readonly dialogs: string[]; readonly refused: string[] }

/** A Chromium of its own for the describe that calls it. Every request to another origin is refused and noted. */
export const testBrowser = (origin: () => string) => {
  let context: BrowserContext | undefined
  const folder = mkdtempSync(join(tmpdir(), 'runledger-page-'))
  before(async function () {
    if (!existsSync(executable)) {
      console.log(`SKIPPED: there is no Chromium at ${executable}; CHROMIUM says where one is`)
      this.skip()
    }
    context = await chromium.launchPersistentContext(folder, {
      executablePath: executable,
      args: flags,
      viewport: { width: 1360, height: 820 },
    })
  })
  after(async () => {
    await context?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const open = async (path: string, theme: 'light' | 'dark' = 'light'): Promise<Opened> => {
    assert.ok(context)
    const page = await context.newPage()
    const opened: Opened = { page, strangers: [], dialogs: [], refused: [] }
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.route('**/*', route => {
      const url = route.request().url()
      if (url.startsWith(origin()) || /^(data|blob):/.test(url)) return route.continue()
      opened.strangers.push(url)
      return route.abort()
    })
    page.on('dialog', dialog => {
      opened.dialogs.push(dialog.message())
      void dialog.dismiss()
    })
    page.on('console', message => {
      if (/Content Security Policy|Refused to/.test(message.text())) opened.refused.push(message.text())
    })
    page.on('pageerror', error => opened.refused.push(error.message))
    await page.goto(origin() + path)
    return opened
  }
  return { open }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds against WCAG 2.2 AA, by rule and place. */
export const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource)
  return page.evaluate(`axe.run(document, { runOnly: { type: 'tag', values: ${JSON.stringify(tags)} } }).then(({ violations }) =>
    violations.flatMap(it => it.nodes.slice(0, 3).map(node => it.id + ': ' + node.html.slice(0, 200) + ' ' + node.failureSummary.slice(0, 300))))`)
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const screenshots = new URL('../../docs/screenshots/', import.meta.url)

/** Keeps a screenshot where `SCREENSHOTS` asks for it. */
export const keep = async (page: Page, name: string): Promise<void> => {
  if (process.env['SCREENSHOTS'] === undefined) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: new URL(`${name}.png`, screenshots).pathname })
}

/** Keeps it in both themes. */
export const keepBoth = async (page: Page, name: string): Promise<void> => {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    await keep(page, `${name}-${theme}`)
  }
}
