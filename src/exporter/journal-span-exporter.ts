import { setTimeout as sleep } from 'node:timers/promises'
import { PermanentError } from '../errors.ts'
import { createJournalDoor, type JournalDoor } from './journal-door.ts'
import type { JournalSpanExporterOptions } from './options.ts'
import { loadSerializer, type SpanSerializer } from './serializer.ts'

/** What an export comes to: an `ExportResult` of the OpenTelemetry SDK. */
export type ExportOutcome = { readonly code: 0 | 1; readonly error?: Error }

/** Why spans were not stored. `retryable`: it was not the spans' fault, and the same export may succeed later. */
export class JournalExportError extends Error {
  override readonly name = 'JournalExportError'
  readonly retryable: boolean
  constructor(message: string, retryable: boolean, options?: ErrorOptions) {
    super(message, options)
    this.retryable = retryable
  }
}

const defaultTimeoutMs = 25_000
const firstPauseMs = 50
const maxPauseMs = 2_000
/** Of one request, as at the receiver's door. */
const maxRequestBytes = 64 * 2 ** 20

/**
 * A span exporter that stores spans in the inbox of a runledger, without a Collector or HTTP. Success means committed in
 * Postgres. It holds no queue: put it behind a BatchSpanProcessor.
 */
export class JournalSpanExporter {
  readonly #serializer: SpanSerializer
  readonly #door: JournalDoor
  readonly #timeoutMs: number
  readonly #underWay = new Set<Promise<void>>()
  #stopped: Promise<void> | undefined

  /** Throws where the encoder is missing, or no database is named. Does not connect yet. */
  constructor(options: JournalSpanExporterOptions = {}) {
    this.#serializer = loadSerializer()
    this.#door = createJournalDoor(options)
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  }

  /** Calls `done` once, when the spans are durable or will not be. Never throws. */
  export(spans: readonly unknown[], done: (outcome: ExportOutcome) => void): void {
    if (this.#stopped !== undefined) {
      done({ code: 1, error: new JournalExportError('The exporter was shut down', false) })
      return
    }
    const work: Promise<void> = this.#store(spans, Date.now() + this.#timeoutMs)
      .then(
        (): ExportOutcome => ({ code: 0 }),
        (cause: unknown): ExportOutcome => ({ code: 1, error: failureFrom(cause) }),
      )
      .then(outcome => {
        this.#underWay.delete(work)
        done(outcome)
      })
    this.#underWay.add(work)
  }

  /** Resolves when every export that has begun has ended. */
  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  /** Ends what is under way, with `project` also the projection of it, then lets go of everything. Safe to call twice. */
  shutdown(): Promise<void> {
    this.#stopped ??= this.forceFlush().then(() => this.#door.close())
    return this.#stopped
  }

  async #store(spans: readonly unknown[], until: number): Promise<void> {
    const payload = this.#encoded(spans)
    if (payload.length <= maxRequestBytes) return this.#append(payload, until)
    if (spans.length <= 1) throw new JournalExportError(`A span of ${payload.length} bytes is larger than ${maxRequestBytes}`, false)
    const half = Math.ceil(spans.length / 2)
    await this.#store(spans.slice(0, half), until)
    await this.#store(spans.slice(half), until)
  }

  #encoded(spans: readonly unknown[]): Uint8Array {
    try {
      const payload = this.#serializer.serializeRequest(spans)
      if (payload !== undefined) return payload
    } catch (cause) {
      throw new JournalExportError('The spans could not be encoded', false, { cause })
    }
    throw new JournalExportError('The spans could not be encoded', false)
  }

  async #append(payload: Uint8Array, until: number): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(maxPauseMs, pauseMs * 2)) {
      try {
        return await this.#door.append(payload)
      } catch (error) {
        // Senders that failed together must not come back together.
        const wait = pauseMs * (0.5 + Math.random())
        if (error instanceof PermanentError || Date.now() + wait > until) throw error
        await sleep(wait)
      }
    }
  }
}

const failureFrom = (cause: unknown): JournalExportError => {
  if (cause instanceof JournalExportError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new JournalExportError(message, !(cause instanceof PermanentError), { cause })
}
