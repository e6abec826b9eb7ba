import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { ATTR_STEP_CONTENT, ATTR_STEP_SEQUENCE, ATTR_STEP_TYPE } from '../../src/semconv.ts'
import { requestsOf } from '../conventions/fixtures.ts'

type Value = string | number
export type SeedSpan = {
  readonly name: string
  readonly attributes: Readonly<Record<string, Value>>
  /** Milliseconds behind the beginning of the run. */
  readonly at: number
  readonly ms: number
  readonly fails?: string
  readonly id?: string
  readonly parent?: string
}

export const newTrace = (): string => randomBytes(16).toString('hex')
const newSpan = (): string => randomBytes(8).toString('hex')

/** The run of a trace that has none of its own. */
export const runOf = (trace: string): string => trace.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const attribute = ([key, value]: [string, Value]) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
})

/** Sends spans of one trace over OTLP, as an agent would. */
export const sendSpans = async (
  otlp: string,
  trace: string,
  spans: readonly SeedSpan[],
  origin: number,
  service = 'seed',
): Promise<void> => {
  const nano = (ms: number): string => `${BigInt(Math.round((origin + ms) * 1_000)) * 1_000n}`
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [attribute(['service.name', service])] },
        scopeSpans: [
          {
            spans: spans.map(({ name, attributes, at, ms, fails, id = newSpan(), parent }) => ({
              traceId: trace,
              spanId: id,
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              kind: 1,
              startTimeUnixNano: nano(at),
              endTimeUnixNano: nano(at + ms),
              attributes: Object.entries(attributes).map(attribute),
              ...(fails === undefined ? {} : { status: { code: 2, message: fails } }),
            })),
          },
        ],
      },
    ],
  }
  await send(otlp, 'traces', Buffer.from(JSON.stringify(body)))
}

const send = async (otlp: string, signal: string, body: Buffer): Promise<void> => {
  const answer = await fetch(`${otlp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  })
  assert.equal(answer.status, 200, await answer.text())
}

/** Sends what was captured of real agents. */
export const sendFixture = async (otlp: string, name: string): Promise<void> => {
  for (const { signal, body } of requestsOf(name)) await send(otlp, signal, body)
}

export const root = (agent: string, id: string, ms: number, more: Readonly<Record<string, Value>> = {}): SeedSpan => ({
  name: `invoke_agent ${agent}`,
  id,
  at: 0,
  ms,
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent, ...more },
})

export const call = (tool: string, at: number, ms: number, args: object, result: string, more: Partial<SeedSpan> = {}): SeedSpan => ({
  name: `execute_tool ${tool}`,
  at,
  ms,
  attributes: {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'gen_ai.tool.call.id': `call_${at}_${tool}`,
    'gen_ai.tool.call.arguments': JSON.stringify(args),
    'gen_ai.tool.call.result': result,
  },
  ...more,
})

/** A step with the agent's own number. */
export const told = (sequence: number, text: string, more: Partial<SeedSpan> = {}): SeedSpan => ({
  name: 'chat',
  at: sequence * 100,
  ms: 50,
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'seed-model',
    'gen_ai.usage.input_tokens': 1_200 + sequence,
    'gen_ai.usage.output_tokens': 80,
    [ATTR_STEP_TYPE]: 'thought',
    [ATTR_STEP_SEQUENCE]: sequence,
    [ATTR_STEP_CONTENT]: JSON.stringify({ text }),
  },
  ...more,
})

/** Sends a run of so many steps, two a call, and returns it. */
export const sendLong = async (otlp: string, steps: number): Promise<string> => {
  const trace = newTrace()
  const id = newSpan()
  const origin = Date.now() - steps * 10
  await sendSpans(otlp, trace, [root('long-runner', id, steps * 10)], origin)
  const calls = Array.from({ length: steps / 2 }, (_, n) =>
    call(
      ['search', 'read_file', 'run_tests'][n % 3] ?? '',
      n * 20,
      12,
      { n, path: `src/file-${n}.ts` },
      n % 97 === 0 ? 'not found' : `line ${n}`,
      {
        parent: id,
        ...(n % 97 === 0 ? { fails: 'not found' } : {}),
      },
    ),
  )
  for (let at = 0; at < calls.length; at += 1_000) await sendSpans(otlp, trace, calls.slice(at, at + 1_000), origin)
  return runOf(trace)
}
