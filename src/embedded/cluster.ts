import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { answering, type Endpoint, superuser } from './postmaster.ts'
import { lastWords, type Program, runProgram } from './program.ts'

/** Makes the data directory once; refuses one that another major version of Postgres has made. */
export const prepareCluster = async (place: Place, binaries: Binaries): Promise<void> => {
  if (!existsSync(place.data)) await initialise(place, binaries)
  const stored = readFileSync(join(place.data, 'PG_VERSION'), 'utf8').trim()
  const ours = majorOf(binaries)
  if (stored !== ours)
    throw new Error(
      `${place.data} was made by Postgres ${stored}, and this runledger brings ${ours}. Use the runledger that made it, or another RUNLEDGER_DATA_DIR`,
    )
}

const majorOf = ({ postgres }: Binaries): string => {
  const said = spawnSync(postgres, ['--version']).stdout?.toString() ?? ''
  const major = /\(PostgreSQL\) (\d+)/.exec(said)?.[1]
  if (major === undefined) throw new Error(`Expected ${postgres} to say its version, it said "${said.trim()}"`)
  return major
}

/** In a folder beside, renamed when it is whole: an initdb that was killed leaves nothing that looks like a cluster. */
const initialise = async (place: Place, binaries: Binaries): Promise<void> => {
  const unfinished = `${place.data}.new`
  const secret = `${place.data}.secret`
  rmSync(unfinished, { recursive: true, force: true })
  rmSync(secret, { force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(secret, place.password, { mode: 0o600 })
  if (place.account !== undefined) for (const path of [unfinished, secret]) chownSync(path, place.account.uid, place.account.gid)
  try {
    const code = await runProgram(place, binaries.initdb, [...initdbArgs, `--pwfile=${secret}`, '-D', unfinished]).exited
    if (code !== 0) throw new Error(`initdb ended with ${code}. It said last:\n${lastWords(place)}`)
    renameSync(unfinished, place.data)
  } finally {
    rmSync(secret, { force: true })
  }
}

const initdbArgs = [
  `--username=${superuser}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
]

/** Starts Postgres and resolves when it answers. */
export const startPostmaster = async (place: Place, binaries: Binaries): Promise<{ endpoint: Endpoint; program: Program }> => {
  const endpoint = process.platform === 'win32' ? { host: '127.0.0.1', port: await freePort() } : { host: place.socket, port: 5432 }
  const program = runProgram(place, binaries.postgres, ['-D', place.data, ...settings(endpoint).flatMap(it => ['-c', it])])
  await answering(place, endpoint, program.exited)
  program.unref()
  return { endpoint, program }
}

const settings = ({ host, port }: Endpoint): string[] => [
  ...(host.startsWith('/')
    ? [`unix_socket_directories=${host}`, 'unix_socket_permissions=0700', 'listen_addresses=']
    : [`listen_addresses=${host}`]),
  `port=${port}`,
  'max_connections=200',
  'shared_buffers=128MB',
  'max_wal_size=2GB',
  'log_checkpoints=off',
]

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('No free port on 127.0.0.1')),
      )
    })
  })
