import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Place } from './place.ts'

export type Program = {
  readonly exited: Promise<number>
  readonly kill: (signal: NodeJS.Signals) => void /** Lets this process end while the program runs. */
  readonly unref: () => void
}

const tailLines = 20

/**
 * Runs a program of Postgres as the place's user, away from our terminal (its Ctrl-C would stop Postgres before us), with
 * what it says appended to the place's log. `exited` rejects when it can't be run at all.
 */
export const runProgram = (place: Place, file: string, args: readonly string[]): Program => {
  const log = openSync(place.log, 'a', 0o600)
  const child = spawn(file, args, {
    cwd: place.root,
    env: { ...(process.platform === 'win32' ? process.env : { PATH: '/usr/bin:/bin' }), LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
    detached: process.platform !== 'win32',
    ...(place.account === undefined ? {} : { uid: place.account.uid, gid: place.account.gid }),
  })
  closeSync(log)
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? -1 : -2)))
  })
  return { exited, kill: signal => child.kill(signal), unref: () => child.unref() }
}

/** The last lines that Postgres and its programs wrote. */
export const lastWords = (place: Place): string => {
  try {
    return readFileSync(place.log, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n')
  } catch {
    return '(it wrote nothing)'
  }
}
