import type { CallPart, FilePart, Plan, Reading } from '../conventions/reading.ts'
import type { Json } from '../model/json.ts'
import type { Folded, ModelCall } from './models.ts'
import type { Node } from './tree.ts'

/** One call of a tool: asked for by a model, run in a span or told by logs, or several of these. */
export type Call = {
  /** What it is known by: the model output that asked for it where there is one, else its span. */
  readonly key: string
  readonly group: string
  readonly model: ModelCall | undefined
  readonly part: CallPart | undefined
  /** Its outermost span; absent where none ever came. */
  readonly node: Node | undefined
  /** Where it lies: its span, its logs' or its model's. */
  readonly place: Node | undefined
  readonly reading: Reading | undefined
  readonly name: string
  readonly id: string | undefined
  readonly start: bigint
  readonly index: number
  /** How much later than `start` it stands among the steps. For order alone, never shown. */
  delay: bigint
  readonly arguments: Json | undefined
  readonly captured: boolean
  readonly server: string | undefined
  readonly plan: Plan | undefined
  readonly files: readonly FilePart[]
  result: CallResult | undefined
}

export type CallResult = {
  readonly output: Json
  readonly isError: boolean
  readonly time: bigint
  readonly latencyMs: number | null
  readonly captured: boolean
  /** False: nobody said an output yet; a later history may. */
  readonly isKnown: boolean
  /** Nobody said that the call failed; the shape of its output does. */
  readonly errorInferred?: boolean
  /** The span that tells the result, where it is another one than the call's. */
  readonly node?: Node
}

export type Calls = {
  /** In the order (start, place in the model's output, key). */
  readonly calls: readonly Call[]
  readonly folded: readonly Folded[]
  /** Told results that belong to no call. */
  readonly standalone: readonly Node[]
  /** The call a span is, or is within. */
  readonly ofNode: ReadonlyMap<Node, Call>
}
