import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program of somebody else's that runs until it is ended. */
export type Program = {
  readonly said: readonly string[]
  /** Sends the signal and resolves when the process has ended. Safe to call twice. */
  readonly end: (signal?: NodeJS.Signals) => Promise<void>
}

type Options = {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where it answers 200 once it has started. */
  readonly health: string
}

const startMs = 60_000

/** Starts a program and resolves when it is healthy; rejects with the last of what it said when it is not to be. */
export const startProgram = async ({ command, args, env, cwd, health }: Options): Promise<Program> => {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line => said.push(line))
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject))
  const isHealthy = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${said.slice(-10).join('\n')}`)
    return (await statusOf(health)) === 200
  }
  await Promise.race([failed, eventually(isHealthy, `${command} to answer at ${health}`, startMs)])
  return { said, end: (signal = 'SIGTERM') => ended(child, signal) }
}

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

const statusOf = async (url: string): Promise<number> => {
  try {
    const response = await fetch(url)
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}

const pollMs = 50

/** Resolves when `is` holds; throws when it does not in time. */
export const eventually = async (is: () => Promise<boolean> | boolean, what: string, ms: number): Promise<void> => {
  const until = Date.now() + ms
  while (!(await is())) {
    if (Date.now() > until) throw new Error(`Waited ${ms} ms in vain for ${what}`)
    await sleep(pollMs)
  }
}

/** So many ports that nobody listens on. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map(server => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
