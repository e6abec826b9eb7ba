import { Router } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Exchange } from '../receive/accept.ts'
import type { StageFigures } from '../store/stage-figures.ts'

/** Connections of a pool now, and those who wait for one. */
export type PoolFigures = { readonly used: number; readonly free: number; readonly pending: number }

export type MetricsOptions = {
  readonly stages: () => Promise<StageFigures>
  readonly pools: () => Readonly<Record<string, PoolFigures>>
  readonly inFlightBytes: () => number
}

export type Metrics = { readonly router: Router; readonly observe: (exchange: Exchange) => void }

/**
 * `GET /metrics`: Prometheus text. What the receivers count bears the names of the Collector's own receivers, so that its
 * dashboards and alerts fit; labels are never taken from what was sent. While the database is away the figures of the stages
 * are left out and `runledger_database_up` is 0.
 */
export const createMetrics = (options: MetricsOptions): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const observe = observeExchanges(registry)
  collectProcess(registry, options)
  const collectStages = stageGauges(registry, options.stages)
  const router = Router()
  router.get('/metrics', async (_request, response) => {
    await collectStages()
    response
      .set('content-type', registry.contentType)
      .set('cache-control', 'no-store')
      .send(await registry.metrics())
  })
  return { router, observe }
}

const outcomes = { success: 'accepted', refused: 'refused', failure: 'failed' } as const
const kinds = { traces: 'spans', logs: 'log_records', metrics: 'metric_points' } as const
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25]

const observeExchanges = (registry: Registry): Metrics['observe'] => {
  const registers = [registry]
  const labelNames = ['receiver', 'transport'] as const
  const items = Object.values(outcomes).flatMap(outcome =>
    Object.values(kinds).map(kind => {
      const name = `otelcol_receiver_${outcome}_${kind}`
      return [name, new Counter({ name, help: `Items of requests that were ${outcome}`, labelNames, registers })] as const
    }),
  )
  const counters = new Map(items)
  const requests = new Counter({
    name: 'otelcol_receiver_requests',
    help: 'Requests by how they ended',
    labelNames: [...labelNames, 'outcome'],
    registers,
  })
  const rejected = new Counter({
    name: 'runledger_rejected_items_total',
    help: 'Items of acknowledged requests that are not stored, but for their copy in quarantine',
    labelNames: ['signal'],
    registers,
  })
  const seconds = new Histogram({
    name: 'runledger_request_duration_seconds',
    help: 'From the head of a request to its answer',
    labelNames: ['transport', 'outcome'],
    buckets: secondsBuckets,
    registers,
  })
  return ({ transport, signal, outcome, items: count, rejected: notStored, ms }) => {
    const labels = { receiver: 'otlp', transport }
    counters.get(`otelcol_receiver_${outcomes[outcome]}_${kinds[signal]}`)?.inc(labels, count - notStored)
    requests.inc({ ...labels, outcome })
    rejected.inc({ signal }, notStored)
    seconds.observe({ transport, outcome }, ms / 1_000)
  }
}

const collectProcess = (registry: Registry, { pools, inFlightBytes }: MetricsOptions): void => {
  const registers = [registry]
  new Gauge({
    name: 'runledger_in_flight_bytes',
    help: 'Bytes of requests being received (RUNLEDGER_MAX_IN_FLIGHT_BYTES)',
    registers,
    collect() {
      this.set(inFlightBytes())
    },
  })
  new Gauge({
    name: 'runledger_pool_connections',
    help: 'Connections to Postgres, and who waits for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, figures] of Object.entries(pools()))
        for (const [state, count] of Object.entries(figures)) this.set({ pool, state }, count)
    },
  })
}

const stageHelp: Readonly<Record<keyof StageFigures, readonly [string, string]>> = {
  inboxRequests: ['runledger_inbox_requests', 'Requests acknowledged and not yet sorted; counted up to 100,000'],
  inboxBytes: ['runledger_inbox_bytes', 'Their bytes (RUNLEDGER_INBOX_MAX_BYTES)'],
  inboxOldestSeconds: ['runledger_inbox_oldest_seconds', 'How long the oldest of them waits (RUNLEDGER_INBOX_MAX_AGE)'],
  dirtyGroups: ['runledger_dirty_groups', 'Groups journalled and not yet projected; counted up to 100,000'],
  parkedGroups: ['runledger_parked_groups', 'Groups whose projection throws; `runledger rebuild` tries again'],
  quarantined: ['runledger_quarantined_items', 'Different items in quarantine; counted up to 100,000'],
}

const stageNames = ['inboxRequests', 'inboxBytes', 'inboxOldestSeconds', 'dirtyGroups', 'parkedGroups', 'quarantined'] as const

const stageGauges = (registry: Registry, stages: () => Promise<StageFigures>): (() => Promise<void>) => {
  const registers = [registry]
  const up = new Gauge({ name: 'runledger_database_up', help: 'Whether the database answered', registers })
  const gauges = stageNames.map(stage => {
    const [name, help] = stageHelp[stage]
    return { stage, gauge: new Gauge({ name, help, registers }) }
  })
  return async () => {
    const figures = await stages().catch(() => undefined)
    up.set(figures === undefined ? 0 : 1)
    for (const { stage, gauge } of gauges) {
      if (figures === undefined) gauge.remove()
      else gauge.set(figures[stage])
    }
  }
}
