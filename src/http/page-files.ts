import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

/** One built file, with itself compressed where that makes it smaller. */
export type PageFile = { readonly type: string; readonly body: Buffer; readonly brotli: Buffer | undefined; readonly hashed: boolean }

/** The page as it was built. `build` changes when any of its files does. */
export type PageFiles = { readonly index: string; readonly build: string; readonly files: ReadonlyMap<string, PageFile> }

// Beside the compiled sources, or where a working copy builds it.
const places = ['../../web', '../../dist/web'].map(place => fileURLToPath(new URL(place, import.meta.url)))

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Reads the built page into memory, all of it: it is small. Undefined where it has not been built. */
export const readPageFiles = (): PageFiles | undefined => {
  const folder = places.find(place => existsSync(join(place, 'index.html')))
  if (folder === undefined) return undefined
  const files = new Map<string, PageFile>()
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const name = entry.replaceAll('\\', '/')
    const type = types[extname(name)]
    if (type !== undefined) files.set(`/${name}`, pageFile(readFileSync(join(folder, entry)), type, name.startsWith('assets/')))
  }
  const index = readFileSync(join(folder, 'index.html'), 'utf8')
  return { index, build: createHash('sha256').update(index).digest('hex').slice(0, 12), files }
}

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

const pageFile = (body: Buffer, type: string, hashed: boolean): PageFile => {
  const brotli = brotliCompressSync(body, quality)
  return { type, body, hashed, brotli: brotli.length < body.length ? brotli : undefined }
}
