import type { Call } from './call.ts'
import { grouped } from './lane.ts'
import { later } from './tree.ts'

/**
 * Gives the calls that no span or log tells of their place among those of the same answer that are told of: as the model asked for them,
 * but not behind their own result. They have no start of their own; only that the model had answered is known. `calls` have their results.
 */
export const placeSilentCalls = (calls: readonly Call[]): void => {
  // What the provider runs has run before the answer was there.
  const asked = calls.filter(({ part }) => part?.server !== true)
  for (const answer of grouped(asked, ({ model }) => model?.key).values()) {
    if (answer.length > 1 && answer.some(isSilent)) placeWithin(answer.toSorted((a, b) => a.index - b.index))
  }
}

const placeWithin = (answer: readonly Call[]): void => {
  let before = 0n
  for (const call of answer) {
    if (isSilent(call)) call.delay = delayBehind(before, call)
    else before = later(before, call.start)
  }
  let after: bigint | undefined
  for (const call of answer.toReversed()) {
    if (!isSilent(call)) after = after === undefined || call.start < after ? call.start : after
    else if (after !== undefined && call.start + call.delay > after) call.delay = after - call.start
  }
}

const delayBehind = (before: bigint, { start, result }: Call): bigint => {
  const delay = later(before + 1n - start, 0n)
  return result === undefined || start + delay <= result.time ? delay : 0n
}

// All that is known of it is what the model said.
const isSilent = ({ model, reading }: Call): boolean => reading === model?.reading
