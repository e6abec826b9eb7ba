import { Problem } from './problem.ts'

export type ReaderLimits = { readonly maxReaders: number; readonly maxReadersPerAddress: number }

export type Readers = {
  /** Counts a reader in; throws Problem 503 or 429 where there are too many. The function it returns, called once, counts it out. */
  readonly enter: (address: string) => () => void
}

/** Counts who reads a stream, in all and by address. */
export const createReaders = ({ maxReaders, maxReadersPerAddress }: ReaderLimits): Readers => {
  const open = new Map<string, number>()
  let all = 0
  const enter = (address: string): (() => void) => {
    const here = open.get(address) ?? 0
    if (all >= maxReaders) throw new Problem(503, `${maxReaders} streams are open, which is the limit; try again later`)
    if (here >= maxReadersPerAddress)
      throw new Problem(429, `${maxReadersPerAddress} streams are open to your address, which is the limit; close one`)
    all += 1
    open.set(address, here + 1)
    return () => {
      all -= 1
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    }
  }
  return { enter }
}
