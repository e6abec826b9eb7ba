import { isUtf8 } from 'node:buffer'
import { PermanentError } from '../errors.ts'
import { bufferOf } from './cursor.ts'

/** Values (objects, lists, members, elements) one JSON body may hold: 12 MB of `{}` would take half a gigabyte. */
const MAX_JSON_VALUES = 4_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const MINUS = 0x2d
const EXACT_DIGITS = 15

/**
 * Parses a JSON body. Integers of more digits than a double holds become strings of their digits: OTLP/JSON takes either.
 * Throws PermanentError: 400 where it is not JSON in UTF-8, 413 where it holds too many values. A byte order mark is ignored.
 */
export const parseJson = (body: Uint8Array): unknown => {
  const bytes = bufferOf(body)
  if (!isUtf8(bytes)) throw new PermanentError(400, 'Expected JSON in UTF-8, got bytes that are not UTF-8; nothing was stored')
  const start = bytes.length > 2 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const longs = scanJson(bytes, start)
  try {
    const parsed: unknown = JSON.parse(longs.length === 0 ? bytes.toString('utf8', start) : quoted(bytes, start, longs))
    return parsed
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.slice(0, 200) : ''
    throw new PermanentError(400, `Expected JSON, got what does not parse: ${detail}; nothing was stored`, { cause })
  }
}

/** Counts values before any is made, and finds long integers outside strings: start and end of each in turn. */
const scanJson = (bytes: Buffer, start: number): readonly number[] => {
  const longs: number[] = []
  let values = 0
  let at = start
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) at = stringEnd(bytes, at + 1)
    else if (isDigit(byte) || byte === MINUS) at = numberEnd(bytes, at, longs)
    else {
      if (byte === COMMA || (byte | 0x20) === 0x7b) values++
      at++
    }
    if (values > MAX_JSON_VALUES) {
      throw new PermanentError(
        413,
        `More than ${MAX_JSON_VALUES} JSON values in one request; nothing was stored. Send smaller batches, or protobuf`,
      )
    }
  }
  return longs
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

// Behind the closing quote. A quote is closing where an even number of backslashes stands before it.
const stringEnd = (bytes: Buffer, from: number): number => {
  let at = from
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at)
    if (quote < 0) return bytes.length
    let slashes = 0
    while (quote - 1 - slashes >= from && bytes[quote - 1 - slashes] === BACKSLASH) slashes++
    at = quote + 1
    if (slashes % 2 === 0) return at
  }
}

const numberEnd = (bytes: Buffer, start: number, longs: number[]): number => {
  let at = bytes[start] === MINUS ? start + 1 : start
  const first = at
  while (isDigit(bytes[at] ?? 0)) at++
  const integer = at - first > EXACT_DIGITS && bytes[first] !== 0x30
  const whole = at
  while (isNumberByte(bytes[at] ?? 0)) at++
  if (integer && at === whole && nextByte(bytes, at) !== COLON) longs.push(start, at)
  return Math.max(at, start + 1)
}

// Digits and `.`, `e`, `E`, `+`, `-`: what may follow within a number.
const isNumberByte = (byte: number): boolean => isDigit(byte) || byte === 0x2e || (byte | 0x20) === 0x65 || byte === 0x2b || byte === MINUS

const nextByte = (bytes: Buffer, from: number): number => {
  let at = from
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++
  return bytes[at] ?? 0
}

const quoted = (bytes: Buffer, start: number, longs: readonly number[]): string => {
  const pieces: string[] = []
  let at = start
  for (let i = 0; i < longs.length; i += 2) {
    const from = longs[i] ?? 0
    const to = longs[i + 1] ?? 0
    pieces.push(bytes.toString('utf8', at, from), '"', bytes.toString('latin1', from, to), '"')
    at = to
  }
  pieces.push(bytes.toString('utf8', at))
  return pieces.join('')
}
