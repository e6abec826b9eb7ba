import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './agents/agent.ts'
import { interopCache, whyNoGo } from './programs.ts'

const root = join(import.meta.dirname, '..', '..')
const run = promisify(execFile)

/** An agent in one language: what must be installed for it, and how it is run. Its output is its own account. */
export type Agent = {
  readonly name: string
  /** Why it cannot be run here; undefined where it can. */
  readonly missing: () => string | undefined
  readonly install: () => void
  readonly run: (endpoints: { readonly http: string; readonly grpc: string }) => Promise<Account>
}

const account = async (command: string, args: readonly string[], cwd: string, endpoint: string): Promise<Account> => {
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_INSECURE: 'true', PYTHONDONTWRITEBYTECODE: '1' }
  const { stdout } = await run(command, [...args], { cwd, env })
  return JSON.parse(stdout)
}

const quietly = (command: string, args: readonly string[], cwd: string): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

const node2: Agent = {
  name: 'Node SDK 2.x',
  missing: () => undefined,
  install: () => undefined,
  run: ({ http }) => account(process.execPath, ['test/interop/agents/node-2.ts'], root, http),
}

const node3Source = join(import.meta.dirname, 'agents')
const node3Folder = join(interopCache, 'agents', 'node-3')

// Copied away: node_modules of its own, and no type checker that looks into them.
const node3: Agent = {
  name: 'Node SDK 3.x',
  missing: () => undefined,
  install: () => {
    cpSync(node3Source, join(node3Folder, '..'), { recursive: true, filter: file => !file.includes('node_modules') })
    if (!isInstalled(node3Folder, readFileSync(join(node3Folder, 'package-lock.json'), 'utf8')))
      quietly('npm', ['ci', '--no-audit', '--no-fund'], node3Folder)
  },
  run: ({ http }) => account(process.execPath, ['agent.mjs'], node3Folder, http),
}

const isInstalled = (folder: string, lock: string): boolean => {
  const installed = join(folder, 'node_modules', '.package-lock.json')
  if (!existsSync(installed)) return false
  const versions = (text: string): string => [...text.matchAll(/"integrity": "([^"]+)"/g)].map(match => match[1]).join()
  return versions(readFileSync(installed, 'utf8')) === versions(lock)
}

const pythonFolder = join(root, 'examples', 'python')
const venv = join(interopCache, 'agents', 'python')

const python: Agent = {
  name: 'Python SDK',
  missing: () => {
    try {
      execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'Python 3 with venv is not installed'
    }
  },
  install: () => {
    mkdirSync(join(interopCache, 'agents'), { recursive: true })
    if (!existsSync(join(venv, 'bin', 'pip'))) quietly('python3', ['-m', 'venv', venv], root)
    quietly(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'], pythonFolder)
  },
  run: ({ http }) => account(join(venv, 'bin', 'python'), ['agent.py'], pythonFolder, http),
}

const goFolder = join(root, 'examples', 'go')
const goAgent = join(interopCache, 'agents', 'go-agent')

const go: Agent = {
  name: 'Go SDK',
  missing: whyNoGo,
  install: () => quietly('go', ['build', '-o', goAgent, '.'], goFolder),
  run: ({ grpc }) => account(goAgent, [], goFolder, grpc),
}

export const agents: readonly Agent[] = [node2, node3, python, go]
