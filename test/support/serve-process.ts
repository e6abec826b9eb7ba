import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

export type ServeProcess = { readonly child: ChildProcess; readonly api: string; readonly stop: (signal: NodeJS.Signals) => Promise<void> }

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli.ts')
const Listening = z.object({ msg: z.literal('listening'), api: z.string() })

/** `runledger serve` in a process of its own, on a free port, once it listens. The caller stops it. */
export const startServe = async (databaseUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<ServeProcess> => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATABASE_URL: databaseUrl, PORT: '0', ...environment }
  const child = spawn(process.execPath, [cli, 'serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  const api = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', line => {
      said += `${line}\n`
      const entry = Listening.safeParse(line.startsWith('{') ? JSON.parse(line) : {})
      if (entry.success) resolve(entry.data.api)
    })
    child.once('exit', code => reject(new Error(`Expected a server that listens, it ended with ${code}:\n${said}`)))
  })
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  return { child, api, stop }
}
