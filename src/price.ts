import { calcPrice, type PriceCalculation, type Provider } from '@pydantic/genai-prices'
import type { Price, PricedUsage } from './model/price.ts'

/** The list that prices follow from. A new version of it is a new MAPPING_VERSION: the same readings give other rows. */
export const PRICE_SOURCE = 'genai-prices 0.1.8'

/** Calls of one model repeat: looking it up in the whole list takes five times as long as the sum. */
const maxKnownModels = 1_000
const known = new Map<string, Provider | undefined>()

/**
 * What a model call cost by the price list that is built in, at the prices of its time. Undefined where the list does not know
 * the model, or the provider that is named, or there are no tokens. An estimate: discounts and contracts are not in any list.
 */
export const priceOf = (usage: PricedUsage, time: bigint): Price | undefined => {
  const { provider, responseModel, requestModel, inputTokens, outputTokens } = usage
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  for (const model of new Set([responseModel, requestModel])) {
    if (model === undefined) continue
    const only = offerOf(provider, model)
    const price = only && calculated(tokensOf(usage), model, { provider: only, timestamp: new Date(Number(time / 1_000_000n)) })
    if (price !== undefined) return { cost: price.total_price, source: PRICE_SOURCE }
  }
  return undefined
}

// The provider with this one model: what the sum needs of the list.
const offerOf = (provider: string | undefined, model: string): Provider | undefined => {
  const key = `${provider ?? ''}\n${model}`
  if (known.has(key)) return known.get(key)
  const found = calculated({ input_tokens: 0 }, model, provider === undefined ? {} : { providerId: provider })
  const offer = found && { ...found.provider, models: [found.model] }
  if (known.size >= maxKnownModels) known.clear()
  known.set(key, offer)
  return offer
}

const calculated = (...args: Parameters<typeof calcPrice>): PriceCalculation | undefined => {
  try {
    const price = calcPrice(...args)
    return price !== null && Number.isFinite(price.total_price) ? price : undefined
  } catch {
    // Counts that can't be: no price.
    return undefined
  }
}

// Where more was cached than was put in, the sender counts the two apart.
const tokensOf = ({ inputTokens = 0, outputTokens = 0, cachedTokens = 0, cacheWriteTokens = 0 }: PricedUsage): Record<string, number> => {
  const cached = cachedTokens + cacheWriteTokens
  return {
    input_tokens: cached > inputTokens ? inputTokens + cached : inputTokens,
    output_tokens: outputTokens,
    cache_read_tokens: cachedTokens,
    cache_write_tokens: cacheWriteTokens,
  }
}
