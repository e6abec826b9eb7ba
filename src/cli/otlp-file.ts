import type { FileHandle } from 'node:fs/promises'
import { ExitError } from './exit.ts'

/** Some whole `resource_spans` or `resource_logs` of a file of OTLP messages, and where the next ones begin. */
export type Chunk = { readonly bytes: Uint8Array<ArrayBuffer>; readonly end: number }

const chunkBytes = 4 * 2 ** 20
const readBytes = 2 ** 20
/** One resource's items: what a receiver takes in one request. */
const maxFieldBytes = 64 * 2 ** 20
const resourceTag = 0x0a

/**
 * A file of OTLP messages, one behind the other, in pieces that are valid messages of about 4 MiB, from the byte `start` on.
 * Throws ExitError where it is no such file, or ends in the middle.
 */
export async function* otlpChunks(file: FileHandle, start: number): AsyncGenerator<Chunk> {
  let held = Buffer.alloc(0)
  let [at, read] = [start, start]
  for (;;) {
    const piece = Buffer.alloc(readBytes)
    const { bytesRead } = await file.read(piece, 0, readBytes, read)
    read += bytesRead
    held = Buffer.concat([held, piece.subarray(0, bytesRead)])
    const whole = wholeFields(held, at)
    const isLast = bytesRead === 0
    if (isLast && whole < held.length)
      throw new ExitError('usage', `Expected whole OTLP messages, the file ends in the middle of one at byte ${at + whole}`)
    if (whole < chunkBytes && !isLast) continue
    if (whole > 0) yield { bytes: new Uint8Array(held.subarray(0, whole)), end: at + whole }
    if (isLast) return
    held = Buffer.from(held.subarray(whole))
    at += whole
  }
}

const wholeFields = (bytes: Buffer, offset: number): number => {
  for (let at = 0; ; ) {
    const end = at < bytes.length ? fieldEnd(bytes, at, offset) : bytes.length + 1
    if (end > bytes.length) return at
    at = end
  }
}

/** Where the field at `at` ends; beyond the bytes where it is not whole. */
const fieldEnd = (bytes: Buffer, at: number, offset: number): number => {
  if (bytes[at] !== resourceTag) throw new ExitError('usage', `Expected OTLP as protobuf, got byte ${bytes[at]} at ${offset + at}`)
  let [size, factor] = [0, 1]
  for (let next = at + 1; next < bytes.length; next += 1) {
    const byte = bytes[next] ?? 0
    size += (byte & 0x7f) * factor
    factor *= 128
    if (size > maxFieldBytes)
      throw new ExitError('usage', `Expected at most ${maxFieldBytes} bytes of one resource, got more at ${offset + at}`)
    if (byte < 0x80) return next + 1 + size
  }
  return bytes.length + 1
}
