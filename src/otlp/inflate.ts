import { constants, type Gunzip, gunzip, type ZstdDecompress, zstdDecompress } from 'node:zlib'
import { PermanentError } from '../errors.ts'
import type { ContentEncoding } from '../model/request.ts'
import { bufferOf } from './cursor.ts'

const MIN_CHUNK = 16 * 1024
/** Deflate cannot say more than this many bytes in one: a trailer that promises more lies. */
const MAX_DEFLATE_RATIO = 1032
/** Largest zstd window accepted, as a power of two: what a frame may make us hold beside its output. */
const ZSTD_WINDOW_LOG = 26
const MIB = 2 ** 20

/**
 * The body freed of its content encoding, on the thread pool. Never holds more than `limit` bytes of output: throws
 * PermanentError 413 there, 400 where the bytes are cut short, not of that encoding, or followed by others. No bytes are no bytes in any encoding.
 */
export const inflate = async (body: Uint8Array, encoding: ContentEncoding, limit: number): Promise<Buffer> => {
  const bytes = bufferOf(body)
  if (bytes.length === 0) return bytes
  if (encoding !== 'identity') return run(bytes, encoding, limit)
  if (bytes.length > limit) throw tooLarge(`${mib(bytes.length)} MiB`, limit)
  return bytes
}

/** 413 for a body of more than `limit` bytes; `size` says how much came. */
export const tooLarge = (size: string, limit: number): PermanentError =>
  new PermanentError(
    413,
    `${size} exceeds RUNLEDGER_MAX_BODY_BYTES=${mib(limit)}MiB; nothing was stored. Lower sending_queue.batch.max_size or raise the limit`,
  )

const mib = (bytes: number): string => (bytes / MIB).toFixed(bytes % MIB === 0 ? 0 : 1)

/** Bytes the body will probably be once inflated: gzip says so at its end. Never above `limit`. */
export const inflatedSize = (body: Uint8Array, encoding: ContentEncoding, limit: number): number => {
  const bytes = bufferOf(body)
  if (encoding === 'identity') return bytes.length
  const said = encoding === 'gzip' && bytes.length >= 18 ? bytes.readUInt32LE(bytes.length - 4) : bytes.length * 8
  return Math.min(said, bytes.length * MAX_DEFLATE_RATIO, limit)
}

type Done = (error: Error | null, result: unknown) => void

const run = (bytes: Buffer, encoding: 'gzip' | 'zstd', limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // One chunk for all: the default of 16 KiB doubles the time. A byte more than expected lets zlib see the end.
    const chunkSize = Math.max(MIN_CHUNK, inflatedSize(bytes, encoding, limit) + 1)
    const options = { chunkSize, maxOutputLength: limit, info: true }
    const done: Done = (error, result) => {
      const outcome = error === null ? outputOf(result, bytes.length) : failure(error, encoding, limit)
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    if (encoding === 'gzip') gunzip(bytes, options, done)
    else zstdDecompress(bytes, { ...options, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }, done)
  })

/** With `info` the callback is handed the engine too; the types of Node do not say so. */
type Info = { readonly buffer: Buffer; readonly engine: Gunzip | ZstdDecompress }

const isInfo = (result: unknown): result is Info =>
  typeof result === 'object' && result !== null && 'engine' in result && 'buffer' in result

const outputOf = (result: unknown, length: number): Buffer | PermanentError => {
  if (!isInfo(result)) return new PermanentError(400, 'Expected a compressed body; nothing was stored')
  const trailing = length - result.engine.bytesWritten
  return trailing === 0
    ? result.buffer
    : new PermanentError(400, `Expected the compressed body to end at its end, got ${trailing} more bytes; nothing was stored`)
}

const failure = (error: Error, encoding: string, limit: number): PermanentError => {
  if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(`The body after ${encoding} decompression`, limit)
  return new PermanentError(400, `Expected a body in ${encoding}, got what does not decompress: ${error.message}; nothing was stored`, {
    cause: error,
  })
}
