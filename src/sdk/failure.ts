import { type Span, SpanStatusCode } from '@opentelemetry/api'
import { jsonText } from './json-text.ts'

/** What was thrown, whatever it was. */
export type Failure = { readonly name: string; readonly message: string; readonly stack?: string }

export const failureFrom = (thrown: unknown): Failure => {
  if (thrown instanceof Error) return thrown
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string')
    return { name: 'Error', message: thrown.message }
  return { name: typeof thrown, message: String(thrown) }
}

/** Marks a span as failed, the way every OpenTelemetry backend understands. */
export const recordFailure = (span: Span, thrown: unknown): Failure => {
  const failure = failureFrom(thrown)
  span.recordException(failure)
  span.setAttribute('error.type', failure.name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message })
  return failure
}

/** Whether the work was cancelled, not broken. */
export const isCancellation = (thrown: unknown, signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true || failureFrom(thrown).name === 'AbortError'

/** The content of an error step. */
export const errorContent = (thrown: unknown, code?: string): string => {
  const { name, message, stack } = failureFrom(thrown)
  return jsonText({ message, code: code ?? name, ...(stack === undefined ? {} : { traceback: stack }) })
}
