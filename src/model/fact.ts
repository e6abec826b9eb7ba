/**
 * An OTLP `AnyValue`, freed of its envelope. Integers that a double cannot hold exactly are bigints; a key-value list is
 * a Map (never an object: a key may be `__proto__`); a value that was sent empty is null.
 */
export type Value = string | number | bigint | boolean | Uint8Array | null | readonly Value[] | ReadonlyMap<string, Value>

/** Of a key that came twice the last one counts. */
export type Attributes = ReadonlyMap<string, Value>

export type Scope = { readonly name: string; readonly version: string; readonly attributes: Attributes }

/** Shared by every item of one resource and scope: compare by identity, never copy. */
export type Origin = { readonly resource: Attributes; readonly scope: Scope }

export type SpanEvent = { readonly name: string; readonly time: bigint; readonly attributes: Attributes }

/** A span as it was sent: ids are lower-case hex, times ns since the epoch (0: unknown). */
export type SpanItem = {
  readonly kind: 'span'
  readonly origin: Origin
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  /** W3C tracestate, as sent. */
  readonly traceState?: string
  readonly name: string
  /** OTLP `SpanKind`: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly spanKind: number
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  /** OTLP `Status.code`: 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string }
  /** Hex digest of the item's bytes with its resource and scope: decides between two reports of one span. */
  readonly digest: string
}

/** A log record as it was sent. Ids that are not valid are absent; `time` falls back to the observed time. */
export type LogItem = {
  readonly kind: 'log'
  readonly origin: Origin
  readonly traceId?: string
  readonly spanId?: string
  readonly time: bigint
  readonly severity: number
  /** Attribute `event.name`, else the record's `event_name`, else a body that is a string: as sent, prefixes kept. */
  readonly eventName: string
  readonly body: Value
  readonly attributes: Attributes
  readonly digest: string
}

export type Item = SpanItem | LogItem
