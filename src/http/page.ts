import { type Request, type RequestHandler, type Response, Router } from 'express'
import { isUuid } from '../model/uuid.ts'
import type { Queries } from '../store/queries.ts'
import { runText } from '../view/run-text.ts'
import { escaped } from './html.ts'
import type { PageFiles } from './page-files.ts'
import { Problem } from './problem.ts'

export type PageOptions = {
  readonly files: PageFiles | undefined
  /** Where the server stands behind a proxy: empty, or `/` and a path without `/` at its end. */
  readonly basePath: string
  /** Whether readers need a token; the page asks for it then, and without scripts there is nothing to see. */
  readonly asksForToken: boolean
  /** Whether senders need one. */
  readonly ingestNeedsToken: boolean
  /** The port that takes OTLP alone, where there is one. */
  readonly otlpPort: () => number | undefined
  readonly queries: Pick<Queries, 'runItems' | 'pageRuns' | 'pageSteps'>
}

/** The page as the application holds it. */
export type Page = {
  readonly router: Router
  /** Says in every answer of the API which page this server has, so that an old tab notices. */
  readonly saysBuild: RequestHandler
  /** Whether it follows links from elsewhere itself: a browser that comes from there has no token to say. */
  readonly followsLinks: boolean
  readonly basePath: string
}

const pagePaths = [
  '/runs',
  '/runs/:id',
  '/runs/:id/artifacts/:artifact',
  '/compare',
  '/sessions/:id',
  '/status',
  '/t/:trace',
  '/t/:trace/:span',
]

/**
 * Serves the page: its files, kept for ever by their hash, and the index at every path of the page, never kept. What is
 * known without scripts, the title and the run as text, stands in the index.
 */
export const createPage = (options: PageOptions): Page => {
  const page = Router()
  page.use(filesOf(options.files))
  page.get('/', async (_request, response) => {
    response.set('cache-control', 'no-store').redirect(302, options.basePath + (await firstScreen(options)))
  })
  page.get(pagePaths, async (request, response) => {
    if (options.files === undefined) throw new Problem(503, 'The page has not been built: run `npm run page`')
    response.set({ ...pageHeaders, 'cache-control': 'no-store' }).type('html')
    response.send(indexFrom(options.files, options, await wordsOf(request, options)))
  })
  return { router: page, saysBuild: sayBuild(options.files), followsLinks: options.asksForToken, basePath: options.basePath }
}

const sayBuild =
  (files: PageFiles | undefined): RequestHandler =>
  (_request, response, next) => {
    if (files !== undefined) response.set('x-runledger-build', files.build)
    next()
  }

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
}

const yearSeconds = 31_536_000

const filesOf =
  (files: PageFiles | undefined): RequestHandler =>
  (request, response, next) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? files?.files.get(request.path) : undefined
    if (file === undefined) return next()
    response.set({
      'content-type': file.type,
      'cache-control': file.hashed ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
      vary: 'accept-encoding',
    })
    sendFile(request, response, file)
  }

const sendFile = (request: Request, response: Response, { body, brotli }: { body: Buffer; brotli: Buffer | undefined }): void => {
  const compressed = request.acceptsEncodings(['br', 'identity']) === 'br' ? brotli : undefined
  if (compressed !== undefined) response.set('content-encoding', 'br')
  response.end(compressed ?? body)
}

/** The list of runs; or, for who has just begun, the only run there is. */
const firstScreen = async ({ queries, asksForToken }: PageOptions): Promise<string> => {
  if (asksForToken) return '/runs'
  // Without a database the page says what is wrong; a redirect cannot.
  const { items } = await queries.pageRuns([], { limit: 2 }).catch(() => ({ items: [] }))
  const [only, another] = items
  return only === undefined || another !== undefined ? '/runs' : `/runs/${only.id}`
}

type Words = { readonly title: string; readonly text: string }

const wordsOf = async (request: Request, options: PageOptions): Promise<Words> => {
  const run = request.path.startsWith('/runs/') ? request.params['id'] : undefined
  const shown =
    typeof run === 'string' && isUuid(run) && !options.asksForToken ? await textOf(options.queries, run.toLowerCase()) : undefined
  if (shown === undefined) return { title: 'runledger', text: 'This page needs JavaScript. The same is in the API, below /api.' }
  return { title: `${shown.split('\n', 1)[0]?.slice(0, 120)} · runledger`, text: shown }
}

const maxTextSteps = 200
const textColumns = 200

const textOf = async (queries: PageOptions['queries'], run: string): Promise<string | undefined> => {
  const [[item], steps] = await Promise.all([queries.runItems([run]), queries.pageSteps(run, -1, maxTextSteps)])
  return item && runText(item, steps.items, { width: textColumns })
}

const indexFrom = ({ index, build }: PageFiles, options: PageOptions, { title, text }: Words): string => {
  const { basePath, asksForToken, ingestNeedsToken } = options
  const settings = JSON.stringify({ base: basePath, build, asksForToken, ingestNeedsToken, otlpPort: options.otlpPort() ?? null })
  const words: Readonly<Record<string, string>> = {
    settings: escaped(settings),
    title: escaped(title),
    text: `<pre>${escaped(text)}</pre>`,
  }
  return index
    .replaceAll(/(href|src)="\/(assets\/|icon)/g, (_, attribute: string, path: string) => `${attribute}="${escaped(basePath)}/${path}`)
    .replaceAll(/\{\{(settings|title|text)\}\}/g, (_, name: string) => words[name] ?? '')
}
