import type { Attributes } from '../model/fact.ts'
import type { Usage } from './reading.ts'
import { amountAt, countAt, entry, filled, isArray, jsonFromValue, present, stringAt } from './value.ts'

const keys = {
  inputTokens: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'],
  outputTokens: ['gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'],
  cachedTokens: ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens'],
  cacheWriteTokens: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.cache_write_input_tokens',
  ],
  reasoningTokens: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.details.reasoning_tokens',
    'gen_ai.usage.thinking_tokens',
  ],
  // The last three: OpenLIT's successors and LiteLLM.
  cost: ['operation.cost', 'gen_ai.usage.cost', 'gen_ai.usage.total_cost', 'gen_ai.cost.total_cost', 'litellm.cost.total'],
} as const

/** Attributes whose whole meaning is in `Usage`, beside the counts. */
export const usageKeys: readonly string[] = [
  'gen_ai.provider.name',
  'gen_ai.system',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.response.id',
  'gen_ai.response.finish_reasons',
  'gen_ai.response.finish_reason',
]

const countKeys = [...keys.inputTokens, ...keys.outputTokens, ...keys.cachedTokens, ...keys.cacheWriteTokens, ...keys.reasoningTokens]

/** The keys of counts and costs that hold such: one of a wrong type stays in the step's attributes. */
export const readableUsageKeys = (attributes: Attributes): readonly string[] => [
  ...countKeys.filter(key => attributes.has(key) && countAt(attributes, key) !== undefined),
  ...keys.cost.filter(key => attributes.has(key) && amountAt(attributes, key) !== undefined),
]

/** Counts as sent: input includes cached tokens, output includes reasoning (semconv). */
export const genaiUsage = (attributes: Attributes): Usage | undefined => {
  const usage = present({
    provider: stringAt(attributes, 'gen_ai.provider.name', 'gen_ai.system'),
    requestModel: stringAt(attributes, 'gen_ai.request.model'),
    responseModel: stringAt(attributes, 'gen_ai.response.model'),
    responseId: stringAt(attributes, 'gen_ai.response.id'),
    finish: finishFrom(attributes),
    inputTokens: countAt(attributes, ...keys.inputTokens),
    outputTokens: countAt(attributes, ...keys.outputTokens),
    cachedTokens: countAt(attributes, ...keys.cachedTokens),
    cacheWriteTokens: countAt(attributes, ...keys.cacheWriteTokens),
    reasoningTokens: countAt(attributes, ...keys.reasoningTokens),
    cost: amountAt(attributes, ...keys.cost),
  })
  return filled(usage)
}

const finishFrom = (attributes: Attributes): string | undefined => {
  const reasons = jsonFromValue(attributes.get('gen_ai.response.finish_reasons'))
  const first = isArray(reasons) ? reasons[0] : reasons
  return normalFinish(typeof first === 'string' ? first : stringAt(attributes, 'gen_ai.response.finish_reason'))
}

const finishes: Readonly<Record<string, string>> = {
  'tool-calls': 'tool_call',
  tool_calls: 'tool_call',
  tool_use: 'tool_call',
  toolUse: 'tool_call',
  FUNCTION_CALL: 'tool_call',
  function_call: 'tool_call',
  end_turn: 'stop',
  endTurn: 'stop',
  STOP: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  'content-filter': 'content_filter',
}

/** A finish reason in the words of the semantic conventions; as sent where it is unknown. */
export const normalFinish = (reason: string | undefined): string | undefined =>
  reason === undefined || reason === '' ? undefined : (entry(finishes, reason) ?? reason)
