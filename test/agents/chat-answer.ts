import type { Turn } from './script.ts'

/** One answer: the turn, and the id that the API gives it. */
export type Answer = { readonly id: string; readonly model: string; readonly turn: Turn }

const created = 1_790_000_000

/** A turn as the body of `POST /v1/chat/completions`. */
export const chatAnswer = ({ id, model, turn }: Answer) => ({
  id,
  object: 'chat.completion',
  created,
  model,
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: turn.text,
        refusal: null,
        ...(turn.calls.length === 0 ? {} : { tool_calls: toolCalls(turn) }),
      },
      logprobs: null,
      finish_reason: finishReason(turn),
    },
  ],
  usage: usage(turn),
})

/** The same as the frames of a stream: text in two pieces, a frame for each call, the finish reason, the usage, `[DONE]`. */
export const chatChunks = ({ id, model, turn }: Answer): readonly string[] => {
  const half = Math.ceil(turn.text.length / 2)
  const chunk = (delta: object, finish: string | null, more: object = {}) =>
    frame({ id, object: 'chat.completion.chunk', created, model, choices: [{ index: 0, delta, finish_reason: finish }], ...more })
  return [
    chunk({ role: 'assistant', content: turn.text.slice(0, half) }, null),
    chunk({ content: turn.text.slice(half) }, null),
    ...toolCalls(turn).map((call, index) => chunk({ tool_calls: [{ index, ...call }] }, null)),
    chunk({}, finishReason(turn)),
    frame({ id, object: 'chat.completion.chunk', created, model, choices: [], usage: usage(turn) }),
    'data: [DONE]\n\n',
  ]
}

const frame = (value: object): string => `data: ${JSON.stringify(value)}\n\n`

const finishReason = (turn: Turn): string => (turn.calls.length === 0 ? 'stop' : 'tool_calls')

const toolCalls = (turn: Turn) =>
  turn.calls.map(call => ({ id: call.id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.arguments) } }))

const usage = ({ tokens }: Turn) => ({
  prompt_tokens: tokens.input,
  completion_tokens: tokens.output,
  total_tokens: tokens.input + tokens.output,
})
