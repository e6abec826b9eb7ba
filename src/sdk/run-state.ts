/** One run as this process knows it. */
export type RunState = {
  readonly id: string
  /** The number of the next step; undefined where another process counts. */
  next: number | undefined
  /** Where the count stood when it was given away. */
  given: number
}

/** Runs this process remembers, ended ones included, so that a run that goes on is counted on. The oldest is forgotten first. */
export const MAX_REMEMBERED_RUNS = 10_000

const registry = Symbol.for('runledger.sdk.runs.v1')

type Registry = Map<string, RunState>

// One for the ESM and the CommonJS copy of this module.
const runs = (): Registry => {
  const place: typeof globalThis & { [registry]?: Registry } = globalThis
  place[registry] ??= new Map()
  return place[registry]
}

/**
 * The run of this id. One that this process does not know yet is counted from `first`; a known one goes on with its count.
 * `handed`: a count that came along, taken up where this process has none; an older one than it gave away is stale.
 */
export const runStateOf = (id: string, first: number | undefined, handed?: number): RunState => {
  const all = runs()
  const state = all.get(id) ?? { id, next: handed ?? first, given: 0 }
  if (handed !== undefined && handed >= state.given) state.next ??= handed
  all.delete(id)
  all.set(id, state)
  if (all.size > MAX_REMEMBERED_RUNS) all.delete(all.keys().next().value ?? '')
  return state
}

/** Takes the next number. Undefined where this process does not count. */
export const takeNumber = (state: Pick<RunState, 'next'>): number | undefined => {
  const number = state.next
  if (number !== undefined) state.next = number + 1
  return number
}

/** Gives the count away: from now on this process numbers no step of the run. */
export const giveCountAway = (state: RunState): number | undefined => {
  const { next } = state
  if (next !== undefined) state.given = next
  state.next = undefined
  return next
}
