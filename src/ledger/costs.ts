import type { Reading } from '../conventions/reading.ts'
import type { JsonObject } from '../model/json.ts'
import type { PriceOf } from '../model/price.ts'
import type { ModelCall, Models } from './models.ts'

/** Prices the model calls whose cost nobody sent. */
export const priced = (models: Models, priceOf: PriceOf): Models => ({
  ...models,
  calls: models.calls.map(call => {
    const price = call.usage.cost === undefined ? priceOf(call.usage, call.start > 0n ? call.start : call.end) : undefined
    return price === undefined ? call : { ...call, price }
  }),
})

type Cost = {
  readonly cost: number | null
  /** Where the cost, or a part of it, is computed: from what, and how many calls with tokens have none. */
  readonly note: JsonObject | undefined
}

/** What a run cost: the sum over its model calls; of their prices only what neither a call nor the run's own agents have sent. */
export const costOf = (calls: readonly ModelCall[], roots: readonly NonNullable<Reading['usage']>[]): Cost => {
  const sent = calls.flatMap(({ usage }) => usage.cost ?? [])
  const agents = roots.flatMap(usage => usage.cost ?? [])
  if (sent.length === 0 && agents.length > 0) return { cost: sum(agents), note: undefined }
  const prices = calls.flatMap(({ price }) => price ?? [])
  const [first] = prices
  if (first === undefined) return { cost: sent.length === 0 ? null : sum(sent), note: undefined }
  const unpriced = calls.filter(({ usage, price }) => usage.cost === undefined && price === undefined && hasTokens(usage)).length
  return {
    cost: sum([...sent, ...prices.map(price => price.cost)]),
    note: { source: sent.length === 0 ? 'computed' : 'mixed', prices: first.source, ...(unpriced === 0 ? {} : { unpriced }) },
  }
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

const hasTokens = ({ inputTokens, outputTokens }: ModelCall['usage']): boolean => (inputTokens ?? 0) + (outputTokens ?? 0) > 0
