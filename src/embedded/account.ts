import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whom Postgres runs as when we are root: it refuses uid 0. */
export type Account = { readonly name: string; readonly uid: number; readonly gid: number }

const preferred = ['postgres', 'nobody']

/** An unprivileged user that the host already has; undefined where we are not root and Postgres can run as ourselves. */
export const unprivilegedAccount = (passwd = readPasswd): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  const accounts = parsePasswd(passwd()).filter(({ uid, gid }) => uid > 0 && gid > 0)
  const account = preferred.map(name => accounts.find(it => it.name === name)).find(it => it !== undefined) ?? accounts[0]
  if (account === undefined) throw new Error('Expected an unprivileged user in /etc/passwd to run Postgres as, found only root')
  return account
}

const readPasswd = (): string => readFileSync('/etc/passwd', 'utf8')

const parsePasswd = (text: string): Account[] =>
  text.split('\n').flatMap(line => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid && !name.startsWith('#') ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })

/** Whether `account` may pass through every folder down to `path` and read it (and run it or enter it, where `path` is a program or a folder). */
export const canReach = (account: Account, path: string): boolean => {
  const own = statSync(path)
  const wanted = own.isDirectory() || (own.mode & 0o100) !== 0 ? 0o5 : 0o4
  return allows(account, own, wanted) && foldersAbove(path).every(folder => allows(account, statSync(folder), 0o1))
}

const allows = ({ uid, gid }: Account, stats: Stats, wanted: number): boolean => {
  const shift = stats.uid === uid ? 6 : stats.gid === gid ? 3 : 0
  return ((stats.mode >> shift) & wanted) === wanted
}

const foldersAbove = (path: string): string[] => {
  const above = dirname(path)
  return above === path ? [] : [above, ...foldersAbove(above)]
}
