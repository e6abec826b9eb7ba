import { runDemo } from '../../src/demo.ts'
import { ATTR_RUN_STATUS, ATTR_STEP_CALL_ID } from '../../src/semconv.ts'
import { drained } from '../support/drained.ts'
import type { TestServer } from '../support/server.ts'
import { call, newTrace, root, runOf, sendFixture, sendSpans, told } from './seed.ts'

const fixtures = ['claude-code-content', 'codex-cli', 'google-adk-js', 'mastra-otel', 'pydantic-ai-plain-v5', 'strands-default']

/** Text that tries whatever text can try. */
export const hostile =
  '<img src=x onerror=alert(1)></script><script>alert(2)</script> \u202Ereversed \u001b[31mred [l](javascript:alert(3)) ![i](https://evil.example/x.png)'

export const largeCharacters = 20_000_000

/** A span id of one digit. */
export const span = (digit: string): string => digit.repeat(16)

export type Seeded = {
  /** The path of a run's page. */
  readonly run: (name: string) => string
  readonly id: (name: string) => string
  readonly trace: (name: string) => string
}

/** Runs of every kind, there from the first `before` of the describe that calls it. */
export const seeded = (server: TestServer): Seeded => {
  const traces = new Map<string, string>()
  const trace = (name: string): string => {
    const known = traces.get(name) ?? newTrace()
    traces.set(name, known)
    return known
  }
  const id = (name: string): string => runOf(trace(name))
  before(async function () {
    this.timeout(120_000)
    for (const name of fixtures) await sendFixture(server.otlp, name)
    for (const [name, spans, ago] of plots) await sendSpans(server.otlp, trace(name), spans, Date.now() - ago)
    await refused(server.otlp)
    const text = await runDemo({ api: server.api, otlp: server.otlp })
    traces.set('demo', /[0-9a-f-]{36}/.exec(text)?.[0].replaceAll('-', '') ?? '')
    await drained(server.db)
    // No input of ours makes a projection fail; the row is what its failure leaves.
    await server
      .db('obs_projections')
      .where('group_id', id('parked'))
      .update({ parked: 'Expected a step, got none', parked_at: new Date() })
  })
  return { run: name => `/runs/${id(name)}`, id, trace }
}

const flights = (result: string) => [
  root('planner', span('a'), 900, { 'gen_ai.conversation.id': 'session-91' }),
  call('read_calendar', 50, 100, { day: 'monday' }, 'free', { parent: span('a'), id: span('1') }),
  call('search_flights', 200, 300, { from: 'VIE', to: 'LIS' }, result, { parent: span('a'), id: span('2') }),
]

const pricing = Array.from({ length: 4 }, (_, n) =>
  call(`price_${n}`, 300 + n * 100, 80, { n }, `${n * 10} EUR`, { parent: span('9'), ...(n === 2 ? { fails: 'no price' } : {}) }),
)

/** What each run is made of, and how many milliseconds ago it began. */
const plots = [
  ['a', flights('no flights'), 60_000],
  ['b', [...flights('two flights'), call('book', 600, 100, { flight: 'TP1273' }, 'booked', { parent: span('a') })], 59_000],
  [
    'odd',
    [
      root('odd-agent', span('d'), 1_500),
      ...[0, 1, 2, 5, 6].map(n => told(n, n === 1 ? hostile : `thought ${n} `.repeat(n === 2 ? 100_000 : 3), { parent: span('d') })),
    ],
    30_000,
  ],
  [
    'large',
    [root('large-agent', span('e'), 500), call('dump', 10, 50, { all: true }, 'x'.repeat(largeCharacters), { parent: span('e') })],
    20_000,
  ],
  [
    'nested',
    [
      root('travel-desk', span('8'), 2_000),
      call('look_up', 100, 100, { trip: 7 }, 'VIE to LIS', { parent: span('8') }),
      {
        ...root('pricing', span('9'), 900),
        parent: span('8'),
        at: 250,
      },
      ...pricing,
      call('answer', 1_500, 100, {}, 'done', { parent: span('8') }),
    ],
    15_000,
  ],
  // Its root has not come: the agent is still at it.
  ['running', [call('compile', 0, 2_000, { target: 'all' }, 'ok', { parent: span('f') })], 3_000],
  [
    'cancelled',
    [
      root('cancelled-agent', span('7'), 400, { [ATTR_RUN_STATUS]: 'cancelled' }),
      call('wait', 50, 300, {}, 'stopped', { parent: span('7') }),
    ],
    12_000,
  ],
  [
    'failed',
    [
      { ...root('failing-agent', span('6'), 700), fails: 'RateLimitError: 429 from the provider' },
      call('search', 50, 300, { q: 'weather' }, 'timeout', { parent: span('6'), fails: 'timeout' }),
    ],
    10_000,
  ],
  ['parked', [root('parked-agent', span('5'), 400), call('one', 50, 100, {}, '1', { parent: span('5') })], 9_000],
] as const

/** A span that cannot be taken: it stays, with its bytes, in quarantine. */
const refused = async (otlp: string): Promise<void> => {
  await sendSpans(
    otlp,
    newTrace(),
    [{ name: 'broken', id: 'not hex', at: 0, ms: 1, attributes: { [ATTR_STEP_CALL_ID]: 'c1', 'gen_ai.operation.name': 'chat' } }],
    Date.now(),
  )
}
