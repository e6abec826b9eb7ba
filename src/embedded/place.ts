import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { type Account, canReach } from './account.ts'

/** Where an embedded Postgres lies. Only `data` and `socket` belong to the user it runs as. */
export type Place = {
  readonly account: Account | undefined
  /** Folder of the others; also where copied programs go. */
  readonly root: string
  readonly data: string
  /** Folder of the unix socket, 0700. */
  readonly socket: string
  readonly log: string
  readonly password: string
}

/** A socket's path is at most 103 bytes on macOS, 107 on Linux, with `/.s.PGSQL.5432` at its end. */
const maxSocketFolderBytes = 85
/** A longer log is put aside at the next start. */
const maxLogBytes = 8 * 1024 ** 2

/** Makes the folders of the Postgres that belongs to `dataDir`: in it, or, where root's own Postgres user can't get there, below /var/lib/runledger. */
export const preparePlace = (dataDir: string, account: Account | undefined): Place => {
  mkdirSync(dataDir, { recursive: true, mode: account === undefined ? 0o700 : 0o755 })
  const real = realpathSync(resolve(dataDir))
  const root = account === undefined || canReach(account, real) ? join(real, 'postgres') : join('/var/lib/runledger', digest(real))
  mkdirSync(root, { recursive: true, mode: account === undefined ? 0o700 : 0o755 })
  const socket = socketFolder(root)
  ownFolder(socket, account)
  const password = passwordIn(join(root, 'password'))
  const log = join(root, 'postgres.log')
  if (existsSync(log) && statSync(log).size > maxLogBytes) renameSync(log, `${log}.1`)
  return { account, root, data: join(root, 'data'), socket, log, password }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

const socketFolder = (root: string): string => {
  const inside = join(root, 'socket')
  return Buffer.byteLength(inside) <= maxSocketFolderBytes ? inside : `/tmp/runledger-${digest(`${process.getuid?.()} ${root}`)}`
}

/** Refuses a folder that somebody else has put there: whoever owns it could read along. */
const ownFolder = (folder: string, account: Account | undefined): void => {
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 })
    if (account !== undefined) chownSync(folder, account.uid, account.gid)
  }
  const stats = lstatSync(folder)
  const owner = account?.uid ?? process.getuid?.() ?? stats.uid
  if (!stats.isDirectory() || stats.uid !== owner)
    throw new Error(`Expected ${folder} to be a folder of user ${owner}, found one of user ${stats.uid}`)
  chmodSync(folder, 0o700)
}

const passwordIn = (file: string): string => {
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8')
}
