import type { StepType } from './content.ts'
import type { Json, JsonObject } from './json.ts'
import type { RunStatus } from './run.ts'

/** A step as the ledger makes it. `time` is ns since the epoch. */
export type LedgerStep = {
  readonly id: string
  readonly sequence: number
  readonly type: StepType
  readonly content: JsonObject
  readonly time: bigint
  readonly latencyMs: number | null
  readonly emittedSequence: number | null
  readonly traceId: string | null
  readonly spanId: string | null
  readonly parentStepId: string | null
  readonly agent: readonly string[] | null
  readonly attributes: JsonObject
}

export type LedgerArtifact = {
  readonly id: string
  readonly stepId: string
  readonly role: string
  readonly path: string
  readonly mimeType: string | null
  readonly sizeBytes: number | null
  /** Of `content` where there is one, else what the agent said. */
  readonly sha256: string | null
  /** The bytes themselves, at most MAX_ARTIFACT_CONTENT_BYTES, where they came along. */
  readonly content: Uint8Array | null
}

export type LedgerRun = {
  readonly id: string
  readonly agentId: string
  readonly taskInput: Json | null
  readonly status: RunStatus
  readonly createdAt: bigint
  readonly endedAt: bigint | null
  readonly sessionId: string | null
  /** What the agent said, and under `runledger` what we say: how a status was inferred, marks, folded and ignored spans with reasons. */
  readonly metadata: JsonObject
  readonly errors: number
  /** Numbers that the agent's own count has left out. */
  readonly gaps: number
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly cost: number | null
}

/** Everything that follows from the readings of one run: steps in their order, sequence 0, 1, 2 … or the agent's own. */
export type Ledger = {
  readonly run: LedgerRun
  readonly steps: readonly LedgerStep[]
  readonly artifacts: readonly LedgerArtifact[]
  /** Which of the clock's decisions would change this ledger: none once the run has ended. */
  readonly waits: 'quiet' | 'idle' | null
}

/** The clock's two decisions, taken outside: no news for the grace period; for the idle timeout. `idle` implies `quiet`. */
export type Clock = { readonly quiet: boolean; readonly idle: boolean }
