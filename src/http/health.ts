import { Router } from 'express'
import type { Knex } from 'knex'
import { schemaState } from '../store/migrate.ts'

export type HealthOptions = { readonly db: Knex; readonly state: () => 'running' | 'stopping' }

const probeTimeoutMs = 1_000
const probeEveryMs = 2_000

/** `/healthz`: the process turns. `/readyz`: it can do its work; the reasons why not as JSON. Neither tells anything else. */
export const createHealth = ({ db, state }: HealthOptions): Router => {
  let probed: { readonly at: number; readonly reasons: Promise<readonly string[]> } | undefined
  const reasons = (): Promise<readonly string[]> => {
    if (probed === undefined || performance.now() - probed.at > probeEveryMs) probed = { at: performance.now(), reasons: probe(db) }
    return probed.reasons
  }
  const health = Router()
  health.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  health.get('/readyz', async (_request, response) => {
    const why = state() === 'stopping' ? ['stopping'] : await reasons()
    response.status(why.length === 0 ? 200 : 503).json({ status: why.length === 0 ? 'ready' : 'not ready', reasons: why })
  })
  return health
}

const probe = async (db: Knex): Promise<readonly string[]> => {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('timeout')), probeTimeoutMs).unref())
  try {
    const schema = await Promise.race([schemaState(db), late])
    return schema === 'ready' ? [] : [`the schema is ${schema}`]
  } catch {
    return ['the database does not answer']
  }
}
