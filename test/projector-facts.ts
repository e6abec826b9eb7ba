import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import { identify, identityKeys } from '../src/conventions/index.ts'
import type { Log } from '../src/log.ts'
import { cutRequest } from '../src/otlp/index.ts'
import { type ProjectorOptions, projectOnceWith } from '../src/projector.ts'
import { journal } from '../src/store/groups.ts'

export const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const newTrace = (): string => randomBytes(16).toString('hex')
export const newSpan = (): string => randomBytes(8).toString('hex')
export const runOfTrace = (trace: string): string => trace.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export type SpanSaid = {
  readonly trace: string
  readonly id?: string
  readonly parent?: string
  readonly name?: string
  /** Seconds after a moment that all spans share; the span takes one second. */
  readonly at?: number
  readonly attributes?: Readonly<Record<string, string>>
}

const epochSeconds = 1_760_000_000

const otlpSpan = ({ trace, id = newSpan(), parent, name = 'span', at = 0, attributes = {} }: SpanSaid): object => ({
  traceId: trace,
  spanId: id,
  ...(parent === undefined ? {} : { parentSpanId: parent }),
  name,
  kind: 1,
  startTimeUnixNano: String(BigInt(epochSeconds + at) * 1_000_000_000n),
  endTimeUnixNano: String(BigInt(epochSeconds + at + 1) * 1_000_000_000n),
  attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
})

/** A thought of our own vocabulary. */
export const thought = (said: SpanSaid, text: string): SpanSaid => ({
  id: newSpan(),
  ...said,
  attributes: { 'agent.step.type': 'thought', 'agent.step.content': JSON.stringify({ text }), ...said.attributes },
})

/** What the sorter does with one request of these spans. */
export const journalSpans = async (db: Knex, spans: readonly SpanSaid[], maxRunGroups = 1_000): Promise<void> => {
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: spans.map(otlpSpan) }] }] }))
  const { segments } = cutRequest('traces', 'json', body, new Set(), { keys: identityKeys, identify })
  const facts = segments.map(({ group, links, items, payload }) => ({
    group,
    links,
    parts: [{ signal: 'traces' as const, items, encoding: 'identity' as const, payload }],
  }))
  await db.transaction(async trx => {
    await journal(trx, facts, new Date(), maxRunGroups)
    await trx.raw('select 1')
  })
}

export const settings = { maxRunSpans: 200_000, maxDepth: 64 }

/** A projector without its loop, alone or beside others. */
export const projectorOf = (db: Knex, more: Partial<ProjectorOptions> = {}): (() => Promise<number>) =>
  projectOnceWith({ db, log: silent, settings, lane: 'all', onCommitted: () => {}, ...more })

const maxBatches = 50

/** Projects until nothing is dirty, without the pauses between two projections of one group. */
export const projectAll = async (db: Knex, projectOnce: () => Promise<number>): Promise<void> => {
  for (let batch = 0; batch < maxBatches; batch++) {
    await db('obs_projections').update({ due_at: null })
    if ((await projectOnce()) === 0) return
  }
  throw new Error(`Expected nothing to be dirty after ${maxBatches} batches`)
}

export const textsOf = async (db: Knex, run: string): Promise<readonly unknown[]> => {
  const rows = await db('obs_steps').where('run_id', run).orderBy('sequence').select<{ content: { text?: unknown } }[]>('content')
  return rows.map(row => row.content.text)
}
