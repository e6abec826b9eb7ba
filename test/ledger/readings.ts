import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { CallPart, Reading, Role } from '../../src/conventions/reading.ts'
import { assemble } from '../../src/ledger/index.ts'
import { type StepType, stepTypes } from '../../src/model/content.ts'
import type { Clock, Ledger } from '../../src/model/ledger.ts'
import { uuidFromHex } from '../../src/model/uuid.ts'

export const trace = 'a0'.repeat(16)
export const runId = uuidFromHex(trace)
export const settled: Clock = { quiet: true, idle: true }
export const live: Clock = { quiet: false, idle: false }

/** Times in the tests are small numbers: milliseconds after this instant. */
export const at = (ms: number): bigint => 1_700_000_000_000_000_000n + BigInt(Math.round(ms * 1e6))

type Fields = Partial<Omit<Reading, 'start' | 'end' | 'key'>> & { readonly from?: number; readonly to?: number | 'open' }

/** A span named `id` that lasts from `from` to `to`. */
export const span = (id: string, { from = 0, to = from + 10, ...fields }: Fields = {}): Reading => {
  const traceId = fields.traceId ?? trace
  return {
    key: `${traceId}/${id}`,
    group: uuidFromHex(traceId),
    digest: id,
    state: to === 'open' ? 'started' : 'ended',
    about: 'span',
    traceId,
    spanId: id,
    name: id,
    start: at(from),
    end: to === 'open' ? 'open' : at(to),
    status: 'unset',
    role: 'other',
    rest: {},
    ...fields,
  }
}

/** A log record written at `from`. */
export const log = (id: string, { from = 0, ...fields }: Fields): Reading => ({
  key: `log/${id}`,
  group: runId,
  digest: id,
  state: 'ended',
  about: 'model',
  name: id,
  start: at(from),
  end: at(from),
  status: 'unset',
  role: 'other',
  rest: {},
  ...fields,
})

export const agent = (id: string, fields: Fields = {}): Reading => span(id, { role: 'agent', ...fields })
export const model = (id: string, fields: Fields = {}): Reading => span(id, { role: 'model', ...fields })
export const tool = (id: string, fields: Fields = {}): Reading => span(id, { role: 'tool', ...fields })
export const ask = (name: string, fields: Partial<CallPart> = {}): CallPart => ({ name, ...fields })

/** A span that is a step by the agent's own word. */
export const told = (id: string, stepType: StepType, { told: more, ...fields }: Fields = {}): Reading => {
  const roles: Readonly<Record<StepType, Role>> = {
    thought: 'model',
    tool_call: 'tool',
    tool_result: 'other',
    error: 'other',
    plan_update: 'plan',
  }
  return span(id, { role: roles[stepType], told: { stepType, ...more }, ...fields })
}

/** The ledger of readings that are known to make one. */
export const ledgerOf = (readings: readonly Reading[], clock: Clock = settled): Ledger => {
  const ledger = assemble(runId, readings, clock)
  if (ledger === undefined) throw new Error('Expected a ledger, got none')
  return ledger
}

/** Steps as `type text`, which is what most tests are about. */
export const lines = ({ steps }: Ledger): readonly string[] =>
  steps.map(({ type, content: c }) => {
    if (type === 'tool_call') return `call ${c['tool_name']} ${JSON.stringify(c['arguments'])}`
    if (type === 'tool_result') return `result ${c['tool_name']} ${JSON.stringify(c['output'])}${c['is_error'] ? ' !' : ''}`
    return `${type} ${c['text'] ?? c['message'] ?? JSON.stringify(c['items'])}`
  })

const names = ['get_weather', 'convert', 'write_note'] as const
const ids = ['call_0', 'call_1', 'call_2'] as const

const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined, freq: 2 })
const defined = (fields: object): Partial<Reading> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const output = fc.constantFrom('fine', { ok: true }, [1, 2], 7, null)
const args = maybe(fc.constantFrom<CallPart['arguments']>({ city: 'Paris' }, { city: 'Rome' }, 'text', { a: 1, b: [2] }))
const file = fc.record({ role: fc.constantFrom('output', 'input'), path: fc.constantFrom('a.md', 'b.png') })
const inlineFile = fc.record({ role: fc.constant('output'), mimeType: fc.constantFrom('image/png', 'image/gif') })
const plan = fc.record({
  mode: fc.constantFrom('replace' as const, 'patch' as const),
  items: fc.array(
    fc.record({ id: fc.constantFrom('1', '2'), title: fc.constantFrom('read', 'write'), status: fc.constant('pending' as const) }),
    { maxLength: 3 },
  ),
})
const part = fc
  .record({ name: fc.constantFrom(...names), id: maybe(fc.constantFrom(...ids)), arguments: args, plan: maybe(plan) })
  .map(fields => ({ ...ask(fields.name), ...defined(fields) }))
const result = fc
  .record({ callId: maybe(fc.constantFrom(...ids)), name: maybe(fc.constantFrom(...names)), output, isError: maybe(fc.boolean()) })
  .map(fields => ({ output: fields.output, ...defined(fields) }))
const error = fc.record({ message: fc.constantFrom('boom', 'refused'), code: fc.constantFrom('E1', 'E2') })

const roles = fc.constantFrom<Role>('agent', 'model', 'model', 'tool', 'tool', 'transport', 'plan', 'detail', 'other')

const said = fc
  .record({
    role: roles,
    told: maybe(
      fc
        .record({
          stepType: maybe(fc.constantFrom(...stepTypes)),
          sequence: maybe(fc.nat(12)),
          resultSequence: maybe(fc.nat(12)),
          callId: maybe(fc.constantFrom(...ids)),
        })
        .map(defined),
    ),
    text: maybe(fc.constantFrom('', 'thinking', 'done')),
    reasoning: maybe(fc.constant('because')),
    calls: maybe(fc.array(part, { maxLength: 3 })),
    results: maybe(fc.array(result, { maxLength: 1 })),
    given: maybe(fc.record({ results: fc.array(result, { maxLength: 2 }), files: fc.array(file, { maxLength: 1 }) })),
    call: maybe(
      fc
        .record({
          id: maybe(fc.constantFrom(...ids)),
          name: maybe(fc.constantFrom(...names)),
          arguments: args,
          output: maybe(output),
          isError: maybe(fc.boolean()),
          plan: maybe(plan),
        })
        .map(defined),
    ),
    plan: maybe(plan),
    files: maybe(fc.array(fc.oneof(file, inlineFile), { maxLength: 2 })),
    error: maybe(error),
    usage: maybe(
      fc.record({
        inputTokens: fc.nat(9),
        outputTokens: fc.nat(9),
        finish: fc.constantFrom('stop', 'tool_call'),
        responseId: fc.constantFrom('r1', 'r2', 'r3'),
      }),
    ),
    agent: maybe(fc.record({ name: fc.constantFrom('desk', 'planner') })),
    run: maybe(fc.record({ taskInput: fc.constantFrom('go', 'stop'), metadata: fc.constantFrom({ a: 1 }, { a: 2, b: 3 }) })),
    captured: maybe(fc.constant(false as const)),
    cancelled: maybe(fc.boolean()),
    ordinal: maybe(fc.nat(5)),
  })
  .map(defined)

// Equal digests are equal items.
const digested = (reading: Reading): Reading => {
  const text = JSON.stringify(reading, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return { ...reading, digest: createHash('sha256').update(text).digest('hex') }
}

const spanId = fc.nat(11).map(n => `s${n}`)

const oddTimes = [{ start: 0n }, { start: 2n ** 64n - 1n }, { start: 0n, end: 0n }] as const

const anySpan = fc
  .record({ id: spanId, parent: maybe(spanId), from: fc.nat(40), lasts: fc.nat(15), open: fc.nat(7), odd: fc.nat(12), said })
  .map(({ id, parent, from, lasts, open, odd, said }) =>
    digested({
      ...span(id, { from, to: open === 0 ? 'open' : from + lasts - 1, ...(parent === undefined ? {} : { parent }), ...said }),
      ...(oddTimes[odd] ?? {}),
    }),
  )

const anyLog = fc
  .record({
    id: fc.nat(9),
    in: maybe(spanId),
    from: fc.nat(50),
    about: fc.constantFrom('model' as const, 'call' as const, 'run' as const),
    name: fc.constantFrom('asked', 'answered'),
    said,
  })
  .map(({ id, in: spanOf, from, about, name, said: { told: _, ...said } }) =>
    digested(
      log(`l${id}`, { from, about, name, ...said, role: 'other', ...(spanOf === undefined ? {} : { traceId: trace, spanId: spanOf }) }),
    ),
  )

/** Readings of one run, plausible one by one and in every relation to each other: cycles, orphans, doubles, skew, numbers that contradict. */
export const readings: fc.Arbitrary<readonly Reading[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: anySpan }, { weight: 1, arbitrary: anyLog }),
  { maxLength: 24 },
)
