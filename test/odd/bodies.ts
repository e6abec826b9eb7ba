/** A little protobuf writer: a test must be able to say what no library would. */
export const varint = (value: bigint | number): Buffer => {
  const bytes: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}
export const bytes = (field: number, value: Uint8Array | string): Buffer => {
  const body = Buffer.from(value as string)
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body])
}
export const fixed64 = (field: number, value: bigint): Buffer => {
  const body = Buffer.alloc(8)
  body.writeBigUInt64LE(value)
  return Buffer.concat([varint((field << 3) | 1), body])
}
const double = (field: number, value: number): Buffer => {
  const body = Buffer.alloc(8)
  body.writeDoubleLE(value)
  return Buffer.concat([varint((field << 3) | 1), body])
}

export type Any =
  | { readonly string: Uint8Array | string }
  | { readonly bytes: Uint8Array }
  | { readonly double: number }
  | { readonly int: bigint }

const anyValue = (value: Any): Buffer => {
  if ('string' in value) return bytes(1, value.string)
  if ('bytes' in value) return bytes(7, value.bytes)
  if ('double' in value) return double(4, value.double)
  return Buffer.concat([varint((3 << 3) | 0), varint(BigInt.asUintN(64, value.int))])
}

export type OddSpan = {
  readonly traceId: Uint8Array
  readonly spanId: Uint8Array
  readonly name: Uint8Array | string
  readonly start: bigint
  readonly end: bigint
  readonly attributes: readonly (readonly [string, Any])[]
}

export const spanBytes = ({ traceId, spanId, name, start, end, attributes }: OddSpan): Buffer =>
  Buffer.concat([
    bytes(1, traceId),
    bytes(2, spanId),
    bytes(5, name),
    fixed64(7, start),
    fixed64(8, end),
    ...attributes.map(([key, value]) => bytes(9, Buffer.concat([bytes(1, key), bytes(2, anyValue(value))]))),
  ])

/** An ExportTraceServiceRequest of these spans. */
export const requestBytes = (spans: readonly Buffer[]): Buffer => bytes(1, bytes(2, Buffer.concat(spans.map(span => bytes(2, span)))))

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
const text = (value: Uint8Array | string): string => (typeof value === 'string' ? value : Buffer.from(value).toString('utf8'))

const jsonValue = (value: Any): object => {
  if ('string' in value) return { stringValue: text(value.string) }
  if ('bytes' in value) return { bytesValue: Buffer.from(value.bytes).toString('base64') }
  if ('double' in value) return { doubleValue: Number.isFinite(value.double) ? value.double : String(value.double) }
  return { intValue: String(value.int) }
}

export const requestJson = (spans: readonly OddSpan[]): string =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: spans.map(s => ({
              traceId: hex(s.traceId),
              spanId: hex(s.spanId),
              name: text(s.name),
              startTimeUnixNano: String(s.start),
              endTimeUnixNano: String(s.end),
              attributes: s.attributes.map(([key, value]) => ({ key, value: jsonValue(value) })),
            })),
          },
        ],
      },
    ],
  })
