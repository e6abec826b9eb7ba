import type { Attributes } from '@opentelemetry/api'
import { jsonText } from './json-text.ts'

/** What a model answered, as far as the agent tells it. */
export type ModelAnswer = {
  readonly text?: string
  readonly reasoning?: string
  readonly model?: string
  readonly finishReason?: string
  readonly inputTokens?: number
  readonly outputTokens?: number
}

/** The attributes of an answer by the GenAI conventions. */
export const attributesOfAnswer = ({ text, reasoning, model, finishReason, inputTokens, outputTokens }: ModelAnswer): Attributes => {
  const parts = [...(reasoning ? [{ type: 'reasoning', content: reasoning }] : []), ...(text ? [{ type: 'text', content: text }] : [])]
  const attributes: Attributes = {
    'gen_ai.output.messages': jsonText([
      { role: 'assistant', parts, ...(finishReason === undefined ? {} : { finish_reason: finishReason }) },
    ]),
  }
  if (model !== undefined) attributes['gen_ai.response.model'] = model
  if (finishReason !== undefined) attributes['gen_ai.response.finish_reasons'] = [finishReason]
  if (inputTokens !== undefined) attributes['gen_ai.usage.input_tokens'] = inputTokens
  if (outputTokens !== undefined) attributes['gen_ai.usage.output_tokens'] = outputTokens
  return attributes
}

/** What a result tells by its shape: a text, or an object with `text` as the clients of models return it. */
export const answerFrom = (result: unknown): ModelAnswer => {
  if (typeof result === 'string') return { text: result }
  const usage = member(result, 'usage')
  return {
    ...textAt('text', member(result, 'text')),
    ...textAt('reasoning', member(result, 'reasoning') ?? member(result, 'reasoningText')),
    ...textAt('finishReason', member(result, 'finishReason')),
    ...countAt('inputTokens', member(usage, 'inputTokens')),
    ...countAt('outputTokens', member(usage, 'outputTokens')),
  }
}

const member = (of: unknown, name: string): unknown =>
  typeof of === 'object' && of !== null ? (Reflect.get(of, name) as unknown) : undefined

const textAt = (name: keyof ModelAnswer, value: unknown): ModelAnswer => (typeof value === 'string' ? { [name]: value } : {})
const countAt = (name: keyof ModelAnswer, value: unknown): ModelAnswer => (typeof value === 'number' ? { [name]: value } : {})
