import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm run test:agents`: installs the packages of this folder where its lockfile has changed, and runs the tests. */
const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..', '..')
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
const stamp = join(here, 'node_modules', '.runledger-lock')
const lock = createHash('sha256')
  .update(readFileSync(join(here, 'package-lock.json')))
  .digest('hex')

/** Undefined when everything is there, else why not. */
const install = (): string | undefined => {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return undefined
  const npm = process.env['npm_execpath']
  if (npm === undefined) return 'Expected to be started by npm: npm run test:agents'
  const { status, stderr } = spawnSync(process.execPath, [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    encoding: 'utf8',
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  if (status !== 0) return stderr.trim().split('\n').filter(isError).slice(0, 3).join(' ')
  writeFileSync(stamp, lock)
  return undefined
}

const isError = (line: string): boolean => line.startsWith('npm error')

const reason = install()
const { status } = spawnSync(process.execPath, [mocha, 'test/agents/agents.test.ts', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(reason === undefined ? {} : { RUNLEDGER_AGENTS_SKIP: reason }) },
})
process.exitCode = status ?? 1
