import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { lastWords, runProgram } from './program.ts'

/** Where a Postgres listens: a folder with its socket, or 127.0.0.1 and a port where there are no unix sockets. */
export type Endpoint = { readonly host: string; readonly port: number }

export const superuser = 'runledger'
const connectMs = 2_000
const pauseMs = 20
const startMs = 60_000
const stopSeconds = 30

export const connectionTo = (place: Place, { host, port }: Endpoint, database: string): string => {
  const start = `postgres://${superuser}:${place.password}@`
  return host.startsWith('/')
    ? `${start}localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `${start}${host}:${port}/${database}`
}

export const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectMs, query_timeout: connectMs })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** Waits until Postgres answers; throws what it said last when `gone` settles first, or when it takes a minute. */
export const answering = async (place: Place, endpoint: Endpoint, gone: Promise<unknown>): Promise<void> => {
  let ended = false
  gone.then(
    () => {
      ended = true
    },
    () => {
      ended = true
    },
  )
  const deadline = Date.now() + startMs
  while (Date.now() < deadline && !ended) {
    if (await answersAsOurs(place, endpoint)) return
    await sleep(pauseMs)
  }
  throw new Error(`Postgres in ${place.data} did not start. It said last:\n${lastWords(place)}`)
}

const answersAsOurs = async (place: Place, endpoint: Endpoint): Promise<boolean> => {
  try {
    const [row] = await query(connectionTo(place, endpoint, 'postgres'), `select current_setting('data_directory') as directory`)
    return row?.['directory'] === place.data
  } catch {
    return false
  }
}

type Survivor = { readonly pid: number; readonly endpoint: Endpoint }

/**
 * The endpoint of a Postgres that outlived its last owner and proves by our password to be the one of `place`. One that
 * runs but doesn't answer is stopped; a process that merely got the same id is left alone.
 */
export const adopt = async (place: Place, binaries: Binaries): Promise<Endpoint | undefined> => {
  const survivor = survivorOf(place)
  if (survivor === undefined) return undefined
  if (isAlive(survivor.pid) && isPostgresOf(place, survivor.pid)) {
    if (await answersAsOurs(place, survivor.endpoint)) return survivor.endpoint
    await stopPostmaster(place, binaries)
  } else rmSync(join(place.data, 'postmaster.pid'), { force: true })
  return undefined
}

/** The lines of postmaster.pid: process, directory, start, port, socket folder, address. */
const survivorOf = (place: Place): Survivor | undefined => {
  try {
    const [pid, , , port, socket] = readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(pid), endpoint: { host: socket?.trim() || '127.0.0.1', port: Number(port) } }
  } catch {
    return undefined
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return pid > 1 && process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Process ids are used again: without its command line it is not ours to signal. */
const isPostgresOf = (place: Place, pid: number): boolean => {
  if (process.platform === 'win32') return true
  const command = process.platform === 'linux' ? readCommand(pid) : spawnSync('ps', ['-o', 'command=', '-p', String(pid)]).stdout.toString()
  return command.includes('postgres') && command.includes(place.data)
}

const readCommand = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

/** Resolves when it is down: at once where it was not up. */
export const stopPostmaster = async (place: Place, binaries: Binaries): Promise<void> => {
  for (const mode of ['fast', 'immediate']) {
    if (survivorOf(place) === undefined) return
    const args = ['stop', '-D', place.data, '-m', mode, '-w', '-t', String(stopSeconds)]
    if ((await runProgram(place, binaries.pgCtl, args).exited) === 0) return
  }
  if (survivorOf(place) !== undefined) throw new Error(`Postgres in ${place.data} did not stop. It said last:\n${lastWords(place)}`)
}
