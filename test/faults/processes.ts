import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type ServerProcess = { readonly child: ChildProcess; readonly api: string }

const startMs = 30_000

/** Starts `runledger serve` as users do and resolves when it listens; `settings` are further variables. */
export const startServerProcess = (database: string, settings: Readonly<Record<string, string>> = {}): Promise<ServerProcess> => {
  // The server knows its own settings alone and refuses others.
  const { RUNLEDGER_TEST_DATABASE_URL: _, ...inherited } = process.env
  const env = { ...inherited, DATABASE_URL: database, PORT: '0', HOST: '127.0.0.1', RUNLEDGER_LOG_LEVEL: 'info', ...settings }
  const child = spawn(process.execPath, ['src/cli.ts', 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The server did not start in time')), startMs)
    const done = (error?: Error): void => {
      clearTimeout(timer)
      if (error !== undefined) reject(error)
    }
    const said: string[] = []
    createInterface({ input: child.stderr }).on('line', line => {
      said.push(line)
      const entry = line.startsWith('{') ? JSON.parse(line) : {}
      if (entry.msg !== 'listening') return
      done()
      resolve({ child, api: entry.api })
    })
    child.once('exit', code => done(new Error(`The server ended with ${code}: ${said.slice(-5).join('\n')}`)))
  })
}

/** Sends a signal and waits for the end. */
export const endProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await ended
}
