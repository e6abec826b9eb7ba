export type Signal = 'traces' | 'logs'
export type ContentType = 'protobuf' | 'json'
export type ContentEncoding = 'identity' | 'gzip' | 'zstd'

/** An item refused at the door. `ordinal`: its place among all items of its request, in document order, from 0. */
export type Refused = {
  readonly ordinal: number
  readonly reason: string
  /** The item as it was sent: its protobuf bytes, or its JSON text. */
  readonly bytes: Uint8Array
}

/** One OTLP export as it came, checked. */
export type ExportRequest = {
  readonly signal: Signal
  readonly contentType: ContentType
  readonly contentEncoding: ContentEncoding
  /** Items in the body, refused ones included. */
  readonly items: number
  readonly refused: readonly Refused[]
  /** Untouched: still in its content encoding. */
  readonly payload: Uint8Array
}
