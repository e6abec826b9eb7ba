import { Router } from 'express'
import type { SchemaState } from '../store/migrate.ts'
import { packageVersion } from './version.ts'

export type HealthOptions = {
  readonly schemaState: () => Promise<SchemaState>
  readonly state: () => 'running' | 'stopping'
  /** What `/version` says beside the name. */
  readonly version?: string
}

const probeTimeoutMs = 1_000
const probeEveryMs = 2_000

/**
 * `/healthz`: the process turns; it asks nobody, or a database that is away would restart it. `/readyz`: it can do its work,
 * else 503 and why not. `/version`: which program this is.
 */
export const createHealth = ({ schemaState, state, version = packageVersion() }: HealthOptions): Router => {
  const probe = probeEvery(schemaState)
  const health = Router()
  health.use(['/healthz', '/readyz', '/version'], (_request, response, next) => {
    response.set('cache-control', 'no-store')
    next()
  })
  health.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  health.get('/readyz', async (_request, response) => {
    const reasons = state() === 'stopping' ? ['stopping'] : await probe()
    const isReady = reasons.length === 0
    response.status(isReady ? 200 : 503).json({ status: isReady ? 'ready' : 'not ready', reasons })
  })
  health.get('/version', (_request, response) => void response.json({ name: 'runledger', version }))
  return health
}

type Probe = () => Promise<readonly string[]>

// However many ask, the database is asked once in a while.
const probeEvery = (schemaState: () => Promise<SchemaState>): Probe => {
  let last: { readonly at: number; readonly reasons: Promise<readonly string[]> } | undefined
  return () => {
    if (last === undefined || performance.now() - last.at > probeEveryMs) last = { at: performance.now(), reasons: reasonsOf(schemaState) }
    return last.reasons
  }
}

const schemaReasons: Readonly<Record<SchemaState, readonly string[]>> = {
  ready: [],
  missing: ['the database has no tables of runledger: run `runledger migrate`'],
  older: ['the schema is older than this program: run `runledger migrate`'],
  newer: ['the schema is newer than this program: update runledger'],
}

const reasonsOf = async (schemaState: () => Promise<SchemaState>): Promise<readonly string[]> => {
  const late = new Promise<'late'>(resolve => setTimeout(resolve, probeTimeoutMs, 'late').unref())
  try {
    const schema = await Promise.race([schemaState(), late])
    return schema === 'late' ? [`the database does not answer within ${probeTimeoutMs} ms`] : schemaReasons[schema]
  } catch {
    return ['the database can not be asked']
  }
}
