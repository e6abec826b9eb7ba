import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Packs what is built, installs the tarball into an empty folder and runs it there, as its users will. */
const folder = mkdtempSync(join(tmpdir(), 'runledger-package-'))
const npm = (...args: string[]): string =>
  execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

try {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))
  assert.ok(tarball, 'npm pack made no tarball')
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}')
  npm('install', '--no-audit', '--no-fund', '--omit=dev', `./${tarball}`)
  assert.match(npm('exec', '--', 'runledger', '--help'), /Usage: runledger/)
  assert.match(npm('exec', '--', 'runledger', '--version'), /^\d+\.\d+\.\d+/)
  writeFileSync(join(folder, 'index.js'), "import * as runledger from 'runledger'\nconsole.log(Object.keys(runledger).join(' '))\n")
  assert.match(execFileSync(process.execPath, ['index.js'], { cwd: folder, encoding: 'utf8' }), /\bRun\b.*\bStep\b/)
  const sdk = /withRun/
  writeFileSync(join(folder, 'sdk.js'), "import * as sdk from 'runledger/sdk'\nconsole.log(Object.keys(sdk).join(' '))\n")
  assert.match(execFileSync(process.execPath, ['sdk.js'], { cwd: folder, encoding: 'utf8' }), sdk)
  writeFileSync(join(folder, 'sdk.cjs'), "console.log(Object.keys(require('runledger/sdk')).join(' '))\n")
  assert.match(execFileSync(process.execPath, ['sdk.cjs'], { cwd: folder, encoding: 'utf8' }), sdk)
  const { stderr, status } = spawnSync(process.execPath, ['--import', 'runledger/register', 'sdk.js'], { cwd: folder, encoding: 'utf8' })
  assert.notEqual(status, 0)
  assert.match(stderr, /needs the package @opentelemetry\/sdk-node, which is not installed here/)
  console.log(`${tarball}: installs, runs and can be imported`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
