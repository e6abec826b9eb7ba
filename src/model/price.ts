/** What a model call used, as far as it was told. Input includes cached tokens, output includes reasoning. */
export type PricedUsage = {
  readonly provider?: string
  readonly requestModel?: string
  readonly responseModel?: string
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cachedTokens?: number
  readonly cacheWriteTokens?: number
}

/** US dollars, and the name and version of the price list they follow from. */
export type Price = { readonly cost: number; readonly source: string }

/** What a model call cost by a price list at a time (ns since the epoch); undefined where the list does not know. Pure and total. */
export type PriceOf = (usage: PricedUsage, time: bigint) => Price | undefined
