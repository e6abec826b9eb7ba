import type { Answer } from './chat-answer.ts'

/** A turn as the body of `POST …/models/<model>:generateContent`. */
export const geminiAnswer = ({ id, model, turn }: Answer) => ({
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          ...(turn.reasoning === undefined ? [] : [{ text: turn.reasoning, thought: true }]),
          { text: turn.text },
          ...turn.calls.map(({ id: callId, name, arguments: args }) => ({ functionCall: { id: callId, name, args } })),
        ],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
  modelVersion: model,
  responseId: id,
  usageMetadata: {
    promptTokenCount: turn.tokens.input,
    candidatesTokenCount: turn.tokens.output,
    totalTokenCount: turn.tokens.input + turn.tokens.output,
  },
})
