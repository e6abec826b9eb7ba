import { dirname, join } from 'node:path'
import { unprivilegedAccount } from './account.ts'
import { type Binaries, locateBinaries } from './binaries.ts'
import { prepareCluster, startPostmaster } from './cluster.ts'
import { takeOwnership } from './owner.ts'
import { type Place, preparePlace } from './place.ts'
import { adopt, connectionTo, type Endpoint, query, stopPostmaster } from './postmaster.ts'

export { PlatformError } from './binaries.ts'
export { OwnedError } from './owner.ts'

export type Embedded = {
  /** Connection string of database `runledger`, for `pg` and `psql`. */
  readonly url: string
  /** Folder of its data. */
  readonly data: string
  /** Safe to call twice. */
  readonly stop: () => Promise<void>
}

/**
 * A real Postgres of our own, whose data belongs to `dataDir`: made on first use, adopted when it survived its last
 * owner. Reachable only through a socket in a private folder, with a password. Throws PlatformError, OwnedError.
 */
export const startEmbedded = async (dataDir: string): Promise<Embedded> => {
  const account = unprivilegedAccount()
  const place = preparePlace(dataDir, account)
  const owned = await takeOwnership(place)
  try {
    const binaries = await locateBinaries(account === undefined ? join(place.root, 'binaries') : rootCache(place), account)
    const { endpoint, kill } = await running(place, binaries)
    await createOnce(place, endpoint)
    process.once('exit', kill)
    const stop = once(async () => {
      await stopPostmaster(place, binaries)
      // Where its files were deleted under it, pg_ctl finds nothing to stop.
      kill()
      process.off('exit', kill)
      owned.release()
    })
    return { url: connectionTo(place, endpoint, 'runledger'), data: place.data, stop }
  } catch (error) {
    owned.release()
    throw error
  }
}

/** Copies are shared by all data directories of root whose Postgres user can't reach the installation. */
const rootCache = (place: Place): string =>
  dirname(place.root) === '/var/lib/runledger' ? '/var/lib/runledger' : join(place.root, 'binaries')

const running = async (place: Place, binaries: Binaries): Promise<{ endpoint: Endpoint; kill: () => void }> => {
  await prepareCluster(place, binaries)
  const adopted = await adopt(place, binaries)
  if (adopted !== undefined) return { endpoint: adopted, kill: () => {} }
  const { endpoint, program } = await startPostmaster(place, binaries)
  return { endpoint, kill: () => program.kill('SIGINT') }
}

const createOnce = async (place: Place, endpoint: Endpoint): Promise<void> => {
  const url = connectionTo(place, endpoint, 'postgres')
  const found = await query(url, `select 1 from pg_database where datname = 'runledger'`)
  if (found.length === 0) await query(url, 'create database runledger')
}

const once = (work: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
