import type { StepType } from '../model/content.ts'
import type { JsonObject } from '../model/json.ts'
import { uuidV5 } from '../model/uuid.ts'
import type { Node } from './tree.ts'

/** A step before it has its place. */
export type Draft = {
  readonly id: string
  readonly type: StepType
  readonly content: JsonObject
  /** Its effective time: `shift` later than it was told to be, where clocks differ. */
  readonly time: bigint
  readonly shift: bigint
  readonly latencyMs: number | null
  /** The agent's own number of it. */
  readonly emitted: number | undefined
  /** Added by the ledger, not reported by the agent as a step: needs no number. */
  readonly inferred?: boolean
  /** The step this one follows from and is never before: a result's call, a call's thought. */
  readonly after?: string | undefined
  readonly ordinal: number
  readonly spanStart: bigint
  readonly part: number
  readonly node: Node | undefined
  readonly traceId: string | null
  readonly spanId: string | null
  readonly parentStepId: string | null
  readonly agent: readonly string[] | null
  readonly attributes: JsonObject
}

/** Where a step comes from: its span or log, and what that says of its place. */
export type Base = Pick<Draft, 'node' | 'shift' | 'ordinal' | 'spanStart' | 'traceId' | 'spanId' | 'parentStepId' | 'agent'>

/** The id of a step: the same for the same fact whatever run it turns out to belong to. */
export const stepId = (group: string, dedupKey: string): string => uuidV5(group, dedupKey)
