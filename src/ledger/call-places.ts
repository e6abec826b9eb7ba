import type { Call } from './call.ts'
import { grouped, lastBy } from './lane.ts'
import { clockGrainNs, later, type Node } from './tree.ts'
import { compare } from './unique.ts'

/** Gives calls their `delay`: what is known of their order beside the clocks. `calls` have their results. */
export const placeCalls = (calls: readonly Call[]): void => {
  for (const beside of grouped(calls, ({ node }) => node && (node.parent?.reading.key ?? node.reading.traceId)).values())
    placeInTurn(beside)
  // What the provider runs has run before the answer was there.
  const asked = calls.filter(({ part }) => part?.server !== true)
  for (const answer of grouped(asked, ({ model }) => model?.key).values()) {
    if (answer.length > 1 && answer.some(isSilent)) placeAsAsked(answer.toSorted((a, b) => a.index - b.index))
  }
}

// Where a clock of milliseconds has one call begin just before another has ended that is older than its grain, it came after that.
const placeInTurn = (calls: readonly Call[]): void => {
  if (calls.length < 2) return
  const done = calls.flatMap(({ node, start }) => (node === undefined || node.reading.end === 'open' ? [] : [{ start, end: endOf(node) }]))
  done.sort((a, b) => compare(a.end, b.end) || compare(b.start, a.start))
  for (const call of calls) {
    const last = done[lastBy(done, call.start + clockGrainNs - 1n, one => one.end)]
    if (last === undefined || !isCut(call) || last.end < call.start || call.start - last.start < clockGrainNs) continue
    call.delay = last.end + 1n - call.start
  }
}

const endOf = ({ ends, lag }: Node): bigint => ends + lag

const isCut = ({ node }: Call): boolean => node !== undefined && node.reading.start % clockGrainNs === 0n

// Calls that no span or log tells of have no start of their own: only that the model had answered is known. They stand among those of the same
// answer that are told of as the model asked for them, but not behind their own result.
const placeAsAsked = (answer: readonly Call[]): void => {
  let before = 0n
  for (const call of answer) {
    if (isSilent(call)) call.delay = delayBehind(before, call)
    else before = later(before, call.start + call.delay)
  }
  let after: bigint | undefined
  for (const call of answer.toReversed()) {
    const at = call.start + call.delay
    if (!isSilent(call)) after = after === undefined || at < after ? at : after
    else if (after !== undefined && at > after) call.delay = after - call.start
  }
}

const delayBehind = (before: bigint, { start, result }: Call): bigint => {
  const delay = later(before + 1n - start, 0n)
  return result === undefined || start + delay <= result.time ? delay : 0n
}

// All that is known of it is what the model said.
const isSilent = ({ model, reading }: Call): boolean => reading === model?.reading
