import type { Answer } from './chat-answer.ts'

const created = 1_790_000_000

/** A turn as the body of `POST /v1/responses`. */
export const responseAnswer = (answer: Answer) => body(answer, 'completed', outputOf(answer))

/** The same as the events of a stream. */
export const responseEvents = (answer: Answer): readonly string[] => {
  const output = outputOf(answer)
  const events: object[] = [
    { type: 'response.created', response: body(answer, 'in_progress', []) },
    ...output.flatMap((item, index) => itemEvents(item, index)),
    { type: 'response.completed', response: body(answer, 'completed', output) },
  ]
  return events.map((event, sequence_number) => {
    const named = { ...event, sequence_number }
    return `event: ${'type' in named ? named.type : ''}\ndata: ${JSON.stringify(named)}\n\n`
  })
}

type Item =
  | {
      readonly type: 'reasoning'
      readonly id: string
      readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[]
    }
  | {
      readonly type: 'message'
      readonly id: string
      readonly role: 'assistant'
      readonly status: 'completed'
      readonly content: readonly OutputText[]
    }
  | {
      readonly type: 'function_call'
      readonly id: string
      readonly call_id: string
      readonly name: string
      readonly arguments: string
      readonly status: 'completed'
    }

type OutputText = { readonly type: 'output_text'; readonly text: string; readonly annotations: readonly []; readonly logprobs: readonly [] }

const outputOf = ({ id, turn }: Answer): readonly Item[] => [
  ...(turn.reasoning === undefined
    ? []
    : [{ type: 'reasoning', id: `rs_${id}`, summary: [{ type: 'summary_text', text: turn.reasoning }] } as const]),
  {
    type: 'message',
    id: `msg_${id}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: turn.text, annotations: [], logprobs: [] }],
  },
  ...turn.calls.map(
    call =>
      ({
        type: 'function_call',
        id: `fc_${call.id}`,
        call_id: call.id,
        name: call.name,
        arguments: JSON.stringify(call.arguments),
        status: 'completed',
      }) as const,
  ),
]

const body = ({ id, model, turn }: Answer, status: string, output: readonly Item[]) => ({
  id: `resp_${id}`,
  object: 'response',
  created_at: created,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  model,
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  metadata: {},
  usage:
    status === 'completed'
      ? {
          input_tokens: turn.tokens.input,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: turn.tokens.output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: turn.tokens.input + turn.tokens.output,
        }
      : null,
})

const itemEvents = (item: Item, output_index: number): readonly object[] => [
  { type: 'response.output_item.added', output_index, item: begun(item) },
  ...piecesOf(item, output_index),
  { type: 'response.output_item.done', output_index, item },
]

const begun = (item: Item): object => {
  if (item.type === 'reasoning') return { ...item, summary: [] }
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] }
  return { ...item, status: 'in_progress', arguments: '' }
}

const piecesOf = (item: Item, output_index: number): readonly object[] => {
  const at = { item_id: item.id, output_index }
  if (item.type === 'function_call')
    return [
      { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
      { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
    ]
  if (item.type === 'reasoning')
    return item.summary.flatMap((part, summary_index) => [
      { type: 'response.reasoning_summary_part.added', ...at, summary_index, part: { ...part, text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at, summary_index, delta: part.text },
      { type: 'response.reasoning_summary_text.done', ...at, summary_index, text: part.text },
      { type: 'response.reasoning_summary_part.done', ...at, summary_index, part },
    ])
  return item.content.flatMap((part, content_index) => [
    { type: 'response.content_part.added', ...at, content_index, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...at, content_index, delta: part.text, logprobs: [] },
    { type: 'response.output_text.done', ...at, content_index, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...at, content_index, part },
  ])
}
