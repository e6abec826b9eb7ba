import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { convertJson } from '../src/otlp/json.ts'

/** Realistic agent spans: GenAI attributes with English and code as content, runs interleaved as a Collector batch has them. */

const words =
  'the customer asked whether an order that was shipped yesterday can still be returned so first look up its state then compare with the policy and answer in two short sentences unless the parcel is lost in which case open a claim with the carrier and tell when to expect news'.split(
    ' ',
  )
const code = [
  'const order = await db("orders").where({ id }).first()',
  'if (order === undefined) throw new NotFoundError(id)',
  'return { state: order.state, eta: order.eta.toISOString() }',
]

let seed = 1
const random = (): number => {
  seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff
  return seed / 0x7fffffff
}
const prose = (characters: number): string => {
  let text = ''
  while (text.length < characters)
    text += random() < 0.05 ? `\n${code[Math.floor(random() * code.length)]}\n` : `${words[Math.floor(random() * words.length)]} `
  return text.slice(0, characters)
}

const string = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const int = (key: string, n: number) => ({ key, value: { intValue: String(n) } })

export type RunPlan = { readonly traceId: string; readonly root: string; readonly spans: object[] }

/** One run of `size` spans: a root, then turns of a model call that asks for a tool, and the tool's span. `history`: bytes of replayed input. */
export const runOf = (size: number, history: number, startMs: number): RunPlan => {
  const traceId = randomBytes(16).toString('hex')
  const root = randomBytes(8).toString('hex')
  const spans: object[] = []
  let at = BigInt(startMs) * 1_000_000n
  const span = (name: string, kind: number, parentSpanId: string | undefined, spanId: string, ms: number, attributes: object[]) => {
    const startTimeUnixNano = String(at)
    at += BigInt(ms) * 1_000_000n
    spans.push({
      traceId,
      spanId,
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name,
      kind,
      startTimeUnixNano,
      endTimeUnixNano: String(at),
      attributes,
      status: {},
    })
  }
  const replayed = history > 0 ? prose(history) : ''
  for (let i = 0; spans.length < size - 1; i++) {
    const callId = `call_${i}`
    const text = prose(500)
    const input = [
      ...(history > 0
        ? [
            { role: 'user', parts: [{ type: 'text', content: replayed }] },
            { role: 'assistant', parts: [{ type: 'text', content: 'I will look.' }] },
          ]
        : []),
      i === 0
        ? { role: 'user', parts: [{ type: 'text', content: prose(200) }] }
        : { role: 'tool', parts: [{ type: 'tool_call_response', id: `call_${i - 1}`, response: { ok: true } }] },
    ]
    span('chat gpt-5', 3, root, randomBytes(8).toString('hex'), 800, [
      string('gen_ai.operation.name', 'chat'),
      string('gen_ai.provider.name', 'openai'),
      string('gen_ai.request.model', 'gpt-5'),
      string('gen_ai.response.model', 'gpt-5-2026-08-07'),
      string('gen_ai.response.id', `resp_${randomBytes(6).toString('hex')}`),
      int('gen_ai.usage.input_tokens', 900 + i),
      int('gen_ai.usage.output_tokens', 120),
      string('gen_ai.input.messages', JSON.stringify(input)),
      string(
        'gen_ai.output.messages',
        JSON.stringify([
          {
            role: 'assistant',
            parts: [
              { type: 'text', content: text },
              { type: 'tool_call', id: callId, name: 'look_up_order', arguments: { id: `A-${i}` } },
            ],
            finish_reason: 'tool_call',
          },
        ]),
      ),
    ])
    if (spans.length < size - 1)
      span('execute_tool look_up_order', 1, root, randomBytes(8).toString('hex'), 40, [
        string('gen_ai.operation.name', 'execute_tool'),
        string('gen_ai.tool.name', 'look_up_order'),
        string('gen_ai.tool.call.id', callId),
        string('gen_ai.tool.call.arguments', JSON.stringify({ id: `A-${i}`, note: prose(250) })),
        string('gen_ai.tool.call.result', JSON.stringify({ state: 'shipped', eta: '2026-11-25', log: prose(750) })),
      ])
  }
  const rootSpan = {
    traceId,
    spanId: root,
    name: 'invoke_agent support',
    kind: 1,
    startTimeUnixNano: String(BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(at),
    status: {},
  }
  spans.push({
    ...rootSpan,
    attributes: [
      string('gen_ai.operation.name', 'invoke_agent'),
      string('gen_ai.agent.name', 'support'),
      string('session.id', traceId.slice(0, 8)),
    ],
  })
  return { traceId, root, spans }
}

const resource = { attributes: [string('service.name', 'bench-agent'), string('deployment.environment.name', 'bench')] }

/** One gzip protobuf export of these spans. */
export const bodyOf = (spans: readonly object[]): Buffer => {
  const json = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench', version: '1' }, spans }] }] }
  return gzipSync(convertJson('traces', Buffer.from(JSON.stringify(json)), 1_000_000).payload, { level: 3 })
}

export type Load = { readonly bodies: readonly Buffer[]; readonly spans: number; readonly runs: number; readonly bytesASpan: number }

/** `requests` bodies of `perRequest` spans, each mixing `inFlight` runs of `size` spans. */
export const buildLoad = (requests: number, perRequest: number, inFlight: number, size: number, history: number): Load => {
  const bodies: Buffer[] = []
  const now = Date.now()
  const open: { plan: RunPlan; at: number }[] = []
  let runs = 0
  let plain = 0
  const turn = (): object => {
    const slot = Math.floor(random() * inFlight)
    let run = open[slot]
    if (run === undefined || run.at === run.plan.spans.length) {
      run = { plan: runOf(size, history, now), at: 0 }
      open[slot] = run
      runs += 1
    }
    return run.plan.spans[run.at++] ?? {}
  }
  for (let i = 0; i < requests; i++) {
    const spans = Array.from({ length: perRequest }, turn)
    if (i === 0)
      plain = convertJson('traces', Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })), 1_000_000)
        .payload.length
    bodies.push(bodyOf(spans))
  }
  return { bodies, spans: requests * perRequest, runs, bytesASpan: Math.round(plain / perRequest) }
}
