import type { Exchange } from './accept.ts'

export type LastRequest = {
  readonly observe: (exchange: Exchange) => void
  /** The last exchange since the start, and how many there were. Times are ISO 8601. */
  readonly read: () => {
    readonly last_request: {
      readonly at: string
      readonly signal: string
      readonly items: number
      readonly outcome: Exchange['outcome']
    } | null
    readonly requests: number
  }
}

/** Remembers what was last received: what somebody looks for who waits for a first span. */
export const createLastRequest = (): LastRequest => {
  let last: (Exchange & { readonly at: string }) | undefined
  let requests = 0
  return {
    observe: exchange => {
      last = { ...exchange, at: new Date().toISOString() }
      requests += 1
    },
    read: () => ({
      last_request: last === undefined ? null : { at: last.at, signal: last.signal, items: last.items, outcome: last.outcome },
      requests,
    }),
  }
}
