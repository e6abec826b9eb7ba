import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const pinned = { collector: '0.160.0', stable: '1.66.0', jaeger: 'v1.62.0' }
const stableBehind = 94 // the Collector's stable modules: 1.66 goes with 0.160
const oldestGo = [1, 21]

const collectorVersion = process.env['INTEROP_COLLECTOR'] ?? pinned.collector
const jaegerVersion = process.env['INTEROP_JAEGER'] ?? pinned.jaeger

/** Where built programs, virtual environments and installed test folders stay between runs. */
export const interopCache =
  process.env['INTEROP_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'runledger-interop')

/** Why nothing can be built from Go modules here, or undefined where it can. */
export const whyNoGo = (): string | undefined => {
  let said: string
  try {
    said = execFileSync('go', ['version'], { encoding: 'utf8' })
  } catch {
    return `Go ${oldestGo.join('.')} or newer is not installed`
  }
  const [, major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(said) ?? []).map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = oldestGo
  const good = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
  return good ? undefined : `Go ${oldestGo.join('.')} or newer is needed, this is ${said.trim()}`
}

/** The path of a Collector, built from Go modules on the first call with this version (minutes), then from the cache. */
export const buildCollector = (): string =>
  built(`otelcol-${collectorVersion}`, folder => {
    const builder = join(folder, 'builder')
    go(folder, ['install', `go.opentelemetry.io/collector/cmd/builder@v${collectorVersion}`], { GOBIN: folder })
    writeFileSync(join(folder, 'builder.yaml'), manifest())
    run(folder, builder, ['--config', 'builder.yaml'])
    return join(folder, 'dist', 'otelcol')
  })

/** The path of a Jaeger v2, built as `buildCollector` builds. */
export const buildJaeger = (): string =>
  built(`jaeger-${jaegerVersion}`, folder => {
    const module = 'github.com/jaegertracing/jaeger/cmd/jaeger'
    writeFileSync(join(folder, 'go.mod'), 'module jaeger-build\n')
    go(folder, ['get', `${module}@${jaegerVersion}`])
    go(folder, ['build', '-trimpath', '-ldflags', '-s -w', '-o', 'jaeger', module])
    return join(folder, 'jaeger')
  })

const manifest = (): string => {
  const minor = Number(collectorVersion.split('.')[1])
  const stable = collectorVersion === pinned.collector ? pinned.stable : `1.${minor - stableBehind}.0`
  const text = readFileSync(join(import.meta.dirname, 'collector', 'builder.yaml'), 'utf8')
  return text.replaceAll(pinned.collector, collectorVersion).replaceAll(pinned.stable, stable)
}

const built = (name: string, build: (folder: string) => string): string => {
  const program = join(interopCache, name)
  if (existsSync(program)) return program
  mkdirSync(interopCache, { recursive: true })
  const folder = mkdtempSync(join(interopCache, 'build-'))
  const start = Date.now()
  console.log(`    building ${name} into ${interopCache} (a few minutes, once)`)
  try {
    renameSync(build(folder), program)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log(`    built ${name} in ${Math.round((Date.now() - start) / 1000)} s`)
  return program
}

const go = (folder: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => run(folder, 'go', args, env)

const run = (folder: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void => {
  execFileSync(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
}
