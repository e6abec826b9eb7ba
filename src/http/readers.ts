import { Problem } from './problem.ts'

export type ReaderLimits = { readonly maxReaders: number; readonly maxReadersPerClient: number }

export type Readers = {
  /** Counts a reader in; throws Problem 503 or 429 where there are too many. The function it returns, called once, counts it out. */
  readonly enter: (client: string) => () => void
}

/** Counts who reads a stream, in all and by client. */
export const createReaders = ({ maxReaders, maxReadersPerClient }: ReaderLimits): Readers => {
  const open = new Map<string, number>()
  let all = 0
  const enter = (client: string): (() => void) => {
    const here = open.get(client) ?? 0
    if (all >= maxReaders)
      throw new Problem(503, `${maxReaders} streams are open, which is the limit (RUNLEDGER_MAX_STREAMS); try again later`)
    if (here >= maxReadersPerClient)
      throw new Problem(
        429,
        `${maxReadersPerClient} streams are open to you, which is the limit (RUNLEDGER_MAX_STREAMS_PER_CLIENT); close one`,
      )
    all += 1
    open.set(client, here + 1)
    return () => {
      all -= 1
      const left = (open.get(client) ?? 1) - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    }
  }
  return { enter }
}
