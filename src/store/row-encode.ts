import { hash } from 'node:crypto'
import type { Json } from '../model/json.ts'
import type { LedgerArtifact, LedgerRun, LedgerStep } from '../model/ledger.ts'

/** What Postgres cannot hold in text and jsonb: NUL, and halves of surrogate pairs. */
const unholdable = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i

const cleanText = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()

/** JSON text that jsonb takes: what it can't hold is U+FFFD, in keys and values. `replaced` says whether there was any. */
export const jsonText = (json: Json): { readonly text: string; readonly replaced: boolean } => {
  const text = JSON.stringify(json)
  if (!unholdable.test(text)) return { text, replaced: false }
  const cleaned = JSON.stringify(cleanJson(json))
  return { text: cleaned, replaced: cleaned !== text }
}

const cleanJson = (json: Json): Json => {
  if (typeof json === 'string') return cleanText(json)
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json)) return json.map(cleanJson)
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [cleanText(key), cleanJson(value)]))
}

/** The mark on a step of which something had to be replaced; its raw form is in the journal. */
const REPLACED = 'runledger.replaced'

const digestBytes = 16

const digestOf = (text: string): Buffer => hash('sha1', text, 'buffer').subarray(0, digestBytes)

const maxNanos = 2n ** 63n - 1n
/** Year 9999: what readers can print. */
const maxMicros = 253_402_300_799_999_999n

/** Nanoseconds as Postgres counts, cut to what a date can be. */
export const microsFromNanos = (nanos: bigint): bigint => {
  const micros = nanos / 1_000n
  return micros > maxMicros ? maxMicros : micros < 0n ? 0n : micros
}

export type StepRow = {
  readonly step: LedgerStep
  readonly content: string
  readonly attributes: string
  readonly agent: string | null
  readonly micros: bigint
  readonly nanos: bigint | null
  /** Of everything but its place. */
  readonly digest: Buffer
}

export const stepRow = (step: LedgerStep): StepRow => {
  const content = jsonText(step.content)
  const plain = jsonText(step.attributes)
  const attributes = content.replaced || plain.replaced ? jsonText({ ...step.attributes, [REPLACED]: true }).text : plain.text
  const agent = step.agent === null ? null : jsonText(step.agent).text
  const others = `${step.type}\n${step.time}\n${step.latencyMs}\n${step.emittedSequence}\n${step.traceId}\n${step.spanId}\n${step.parentStepId}\n${agent}`
  return {
    step,
    content: content.text,
    attributes,
    agent,
    micros: microsFromNanos(step.time),
    nanos: step.time > 0n && step.time <= maxNanos ? step.time : null,
    digest: digestOf(`${others}\n${content.text}\n${attributes}`),
  }
}

/** `digest` says whether there is a content, which has its own. */
export type ArtifactRow = LedgerArtifact & { readonly digest: Buffer }

export const artifactRow = (artifact: LedgerArtifact): ArtifactRow => {
  const row = {
    ...artifact,
    role: cleanText(artifact.role),
    path: cleanText(artifact.path),
    mimeType: artifact.mimeType === null ? null : cleanText(artifact.mimeType),
  }
  return { ...row, digest: digestOf(JSON.stringify({ ...row, content: row.content !== null })) }
}

export type RunRow = {
  readonly id: string
  readonly agent_id: string
  readonly task_input: string | null
  readonly status: string
  readonly created_micros: string
  readonly ended_micros: string | null
  readonly metadata: string
  readonly session_id: string | null
  readonly cluster_id: string
  readonly steps: number
  readonly errors: number
  readonly artifacts: number
  readonly gaps: number
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly cost: number | null
  readonly digest: Buffer
}

const maxInt4 = 2 ** 31 - 1

export const runRow = (run: LedgerRun, clusterId: string, steps: number, artifacts: number): RunRow => {
  const row = {
    id: run.id,
    agent_id: cleanText(run.agentId),
    task_input: run.taskInput === null ? null : jsonText(run.taskInput).text,
    status: run.status,
    created_micros: String(microsFromNanos(run.createdAt)),
    ended_micros: run.endedAt === null ? null : String(microsFromNanos(run.endedAt)),
    metadata: jsonText(run.metadata).text,
    session_id: run.sessionId === null ? null : cleanText(run.sessionId),
    cluster_id: clusterId,
    steps,
    errors: run.errors,
    artifacts,
    gaps: Math.min(run.gaps, maxInt4),
    input_tokens: run.inputTokens,
    output_tokens: run.outputTokens,
    cost: run.cost,
  }
  return { ...row, digest: digestOf(JSON.stringify(row)) }
}
