import { VARINT } from './cursor.ts'
import { Misfit } from './misfit.ts'
import type { Field } from './schema.ts'
import { wireOf } from './schema.ts'
import {
  type Writer,
  writeBytes,
  writeDouble,
  writeFixed32,
  writeFixed64,
  writeString,
  writeTag,
  writeVarint,
  writeVarint64,
} from './writer.ts'

/** Writes one scalar of OTLP/JSON, default values too where `always`. Throws Misfit where the value is not of the field's type. */
export const writeScalar = (writer: Writer, field: Field, value: unknown, always: boolean): void => {
  const write = scalars[field.kind]
  if (write !== undefined) write(writer, field, value, always)
}

type Write = (writer: Writer, field: Field, value: unknown, always: boolean) => void

const scalars: Readonly<Partial<Record<Field['kind'], Write>>> = {
  string: (writer, field, value, always) => {
    if (typeof value !== 'string') throw misfit(field, 'a string', value)
    if (value === '' && !always) return
    writeTag(writer, field.number, wireOf.string)
    writeString(writer, value)
  },
  bool: (writer, field, value, always) => {
    if (typeof value !== 'boolean') throw misfit(field, 'true or false', value)
    if (!value && !always) return
    writeTag(writer, field.number, VARINT)
    writeVarint(writer, value ? 1 : 0)
  },
  bytes: (writer, field, value, always) => writeBinary(writer, field, bytesFrom(field, value), always),
  id: (writer, field, value, always) => writeBinary(writer, field, idFrom(field, value), always),
  int64: (writer, field, value, always) => {
    const integer = integerFrom(field, value, -(2n ** 63n), 2n ** 63n - 1n)
    if (integer === 0n && !always) return
    writeTag(writer, field.number, VARINT)
    writeVarint64(writer, integer)
  },
  uint32: (writer, field, value) => {
    const integer = integerFrom(field, value, 0n, 2n ** 32n - 1n)
    if (integer === 0n) return
    writeTag(writer, field.number, VARINT)
    writeVarint(writer, Number(integer))
  },
  enum: (writer, field, value) => {
    const integer = enumFrom(field, value)
    if (integer === 0n) return
    writeTag(writer, field.number, VARINT)
    writeVarint64(writer, integer)
  },
  fixed64: (writer, field, value) => {
    const integer = integerFrom(field, value, 0n, 2n ** 64n - 1n)
    if (integer === 0n) return
    writeTag(writer, field.number, wireOf.fixed64)
    writeFixed64(writer, integer)
  },
  fixed32: (writer, field, value) => {
    const integer = integerFrom(field, value, 0n, 2n ** 32n - 1n)
    if (integer === 0n) return
    writeTag(writer, field.number, wireOf.fixed32)
    writeFixed32(writer, Number(integer))
  },
  double: (writer, field, value, always) => {
    const number = doubleFrom(field, value)
    if (Object.is(number, 0) && !always) return
    writeTag(writer, field.number, wireOf.double)
    writeDouble(writer, number)
  },
}

const writeBinary = (writer: Writer, field: Field, bytes: Uint8Array, always: boolean): void => {
  if (bytes.length === 0 && !always) return
  writeTag(writer, field.number, wireOf.bytes)
  writeBytes(writer, bytes)
}

const misfit = (field: Field, expected: string, value: unknown): Misfit =>
  new Misfit(`Expected \`${field.name}\` to be ${expected}, got ${shown(value)}`)

/** A value as a message may show it: its kind, and its text cut to 40 characters. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string')
    return value.length > 40 ? `${JSON.stringify(value.slice(0, 40))}… (${value.length} characters)` : JSON.stringify(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

const idFrom = (field: Field, value: unknown): Uint8Array => {
  if (typeof value !== 'string' || value.length % 2 === 1 || !/^[0-9a-f]*$/i.test(value)) {
    throw misfit(field, `${field.name === 'traceId' ? 32 : 16} hex digits`, value)
  }
  return Buffer.from(value, 'hex')
}

const bytesFrom = (field: Field, value: unknown): Uint8Array => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value) || value.replace(/=+$/, '').length % 4 === 1)
    throw misfit(field, 'base64', value)
  return Buffer.from(value, 'base64')
}

// 20 digits and a sign are the most a 64-bit integer has: longer ones are refused before a bigint is made of them.
const integerPattern = /^-?\d{1,20}$/

const integerFrom = (field: Field, value: unknown, least: bigint, most: bigint): bigint => {
  const fits = typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && integerPattern.test(value)
  if (!fits || (typeof value !== 'number' && typeof value !== 'string')) throw misfit(field, 'an integer', value)
  const integer = BigInt(value)
  if (integer < least || integer > most) throw misfit(field, `an integer from ${least} to ${most}`, value)
  return integer
}

// Names are not valid in OTLP/JSON, but senders write them; an unknown one is unspecified, as an unknown number is.
const enumFrom = (field: Field, value: unknown): bigint => {
  if (typeof value === 'string' && !integerPattern.test(value)) {
    const [prefix = '', ...names] = field.names
    return BigInt(Math.max(0, names.indexOf(value.startsWith(prefix) ? value.slice(prefix.length) : value)))
  }
  return integerFrom(field, value, -(2n ** 31n), 2n ** 31n - 1n)
}

const words: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

const doubleFrom = (field: Field, value: unknown): number => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') throw misfit(field, 'a number', value)
  const word = Object.hasOwn(words, value) ? words[value] : undefined
  if (word !== undefined) return word
  if (!/^-?\d{1,400}(\.\d{1,1100})?(e[+-]?\d{1,4})?$/i.test(value)) throw misfit(field, 'a number', value)
  return Number(value)
}
