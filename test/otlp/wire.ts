import { BYTES, VARINT } from '../../src/otlp/cursor.ts'
import { createWriter, writeBytes, writeTag, writeVarint, written } from '../../src/otlp/writer.ts'

/** A length-delimited field. */
export const field = (number: number, ...content: readonly Uint8Array[]): Buffer => {
  const writer = createWriter()
  writeTag(writer, number, BYTES)
  writeBytes(writer, Buffer.concat(content))
  return Buffer.from(written(writer))
}

export const varintField = (number: number, value: number): Buffer => {
  const writer = createWriter()
  writeTag(writer, number, VARINT)
  writeVarint(writer, value)
  return Buffer.from(written(writer))
}

export const traceId = Buffer.from('5b8efff798038103d269b633813fc60c', 'hex')
export const spanId = Buffer.from('eee19b7ec3c1b174', 'hex')

/** A span (its own bytes, without a tag) with ids and whatever else. */
export const span = (...more: readonly Uint8Array[]): Buffer => Buffer.concat([field(1, traceId), field(2, spanId), ...more])

/** An export request of one resource and one scope that holds these items. */
export const requestOf = (...items: readonly Uint8Array[]): Buffer => field(1, field(2, ...items.map(item => field(2, item))))

/** A value nested so many lists deep. */
export const nested = (depth: number): Buffer => {
  let value = field(1, Buffer.from('x'))
  for (let i = 0; i < depth; i++) value = field(5, field(1, value))
  return value
}

export const attribute = (key: string, value: Uint8Array): Buffer => Buffer.concat([field(1, Buffer.from(key)), field(2, value)])
