/** Protobuf being written: `bytes[0 … at)` stand. Grows by doubling. */
export type Writer = { bytes: Buffer; at: number }

export const createWriter = (size = 1024): Writer => ({ bytes: Buffer.allocUnsafe(Math.max(size, 64)), at: 0 })

/** What has been written: a view, valid until the writer is used again. */
export const written = (writer: Writer): Buffer => writer.bytes.subarray(0, writer.at)

const ensure = (writer: Writer, more: number): void => {
  const needed = writer.at + more
  if (needed <= writer.bytes.length) return
  const grown = Buffer.allocUnsafe(Math.max(needed, writer.bytes.length * 2))
  writer.bytes.copy(grown, 0, 0, writer.at)
  writer.bytes = grown
}

export const varintSize = (value: number): number => {
  let size = 1
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++
  return size
}

/** A varint of a safe, non-negative integer. */
export const writeVarint = (writer: Writer, value: number): void => {
  ensure(writer, 10)
  let rest = value
  while (rest > 127) {
    writer.bytes[writer.at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  writer.bytes[writer.at++] = rest
}

/** A varint of any 64-bit integer; negative ones take ten bytes. */
export const writeVarint64 = (writer: Writer, value: bigint): void => {
  ensure(writer, 10)
  let rest = BigInt.asUintN(64, value)
  while (rest > 127n) {
    writer.bytes[writer.at++] = Number(rest & 0x7fn) | 128
    rest >>= 7n
  }
  writer.bytes[writer.at++] = Number(rest)
}

export const writeTag = (writer: Writer, field: number, wire: number): void => writeVarint(writer, field * 8 + wire)

export const writeFixed64 = (writer: Writer, value: bigint): void => {
  ensure(writer, 8)
  writer.at = writer.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), writer.at)
}

export const writeFixed32 = (writer: Writer, value: number): void => {
  ensure(writer, 4)
  writer.at = writer.bytes.writeUInt32LE(value >>> 0, writer.at)
}

export const writeDouble = (writer: Writer, value: number): void => {
  ensure(writer, 8)
  writer.at = writer.bytes.writeDoubleLE(value, writer.at)
}

/** Bytes as they are, without a length. */
export const writeRaw = (writer: Writer, bytes: Uint8Array): void => {
  ensure(writer, bytes.length)
  writer.bytes.set(bytes, writer.at)
  writer.at += bytes.length
}

export const writeBytes = (writer: Writer, bytes: Uint8Array): void => {
  writeVarint(writer, bytes.length)
  writeRaw(writer, bytes)
}

/** UTF-8 with its length; a lone surrogate becomes U+FFFD. */
export const writeString = (writer: Writer, text: string): void => {
  const size = Buffer.byteLength(text)
  writeVarint(writer, size)
  ensure(writer, size)
  writer.at += writer.bytes.write(text, writer.at, size)
}

/** Begins a nested message: hand what it returns to `endMessage`. */
export const beginMessage = (writer: Writer): number => {
  ensure(writer, 1)
  writer.at += 1
  return writer.at
}

/** Writes the length before the message: it is moved where that takes more than the byte held free. */
export const endMessage = (writer: Writer, start: number): void => {
  const length = writer.at - start
  const size = varintSize(length)
  ensure(writer, size)
  if (size > 1) writer.bytes.copyWithin(start + size - 1, start, writer.at)
  const end = writer.at + size - 1
  writer.at = start - 1
  writeVarint(writer, length)
  writer.at = end
}
