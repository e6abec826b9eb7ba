import type { Attributes, AttributeValue, Context, Span, SpanContext } from '@opentelemetry/api'

/** As much of a logger of the OpenTelemetry logs API as is used. */
export type StartLogger = {
  readonly emit: (record: {
    readonly eventName: string
    readonly timestamp: [number, number]
    readonly severityNumber: number
    readonly context: Context
    readonly attributes: Record<string, AttributeValue | undefined>
  }) => void
}

/** As much of a started span as is used: alike in the 2.x and 3.x lines of the SDK. */
export type StartedSpan = Pick<Span, 'spanContext' | 'setAttribute'> & {
  readonly name: string
  readonly attributes: Readonly<Attributes>
  readonly startTime: [number, number]
  readonly parentSpanContext?: SpanContext | undefined
}
