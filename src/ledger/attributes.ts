import type { Reading, Usage } from '../conventions/reading.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Call } from './call.ts'
import type { ModelCall } from './models.ts'

/** What nobody consumed of a span, and which of its values were not believed. */
export const readingAttributes = (reading: Reading | undefined): JsonObject =>
  reading?.ignored === undefined ? (reading?.rest ?? {}) : { ...reading.rest, 'runledger.ignored': reading.ignored }

/** Model, tokens, cost and what else a model call says of itself, under plain names. */
export const modelAttributes = ({ reading, usage, price, error }: ModelCall): JsonObject => ({
  ...readingAttributes(reading),
  ...usageAttributes(usage),
  ...(price === undefined ? {} : { cost: price.cost, cost_source: price.source }),
  ...defined({ error: error?.message, choices: reading.choices }),
})

const usageAttributes = (usage: Usage): JsonObject =>
  defined({
    provider: usage.provider,
    model: usage.responseModel ?? usage.requestModel,
    request_model: usage.responseModel === undefined || usage.requestModel === usage.responseModel ? undefined : usage.requestModel,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_tokens: usage.cachedTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    reasoning_tokens: usage.reasoningTokens,
    cost: usage.cost,
    finish_reason: usage.finish,
    response_id: usage.responseId,
  })

/** What the span of a call says beside the call; `server_side`: the provider ran the tool. */
export const callAttributes = (call: Call): JsonObject => {
  // A call that only a model's output tells of has no attributes of its own: they are the thought's.
  const own = call.node === undefined && call.model !== undefined ? {} : readingAttributes(call.reading)
  if (call.server === undefined && call.part?.server !== true) return own
  return { ...own, ...defined({ server: call.server, server_side: call.part?.server || undefined }) }
}

/** Where the result came from, and the code and traceback of the error it ended with. */
export const resultAttributes = (call: Call): JsonObject => {
  const error = (call.result?.node ?? call.node)?.reading.error
  const own = readingAttributes(call.result?.node?.reading)
  return {
    ...own,
    ...defined({ error_code: error?.code, traceback: error?.traceback, error_inferred: call.result?.errorInferred || undefined }),
  }
}

const defined = (named: Readonly<Record<string, Json | undefined>>): JsonObject => {
  const known: Record<string, Json> = {}
  for (const [key, value] of Object.entries(named)) if (value !== undefined) known[key] = value
  return known
}
