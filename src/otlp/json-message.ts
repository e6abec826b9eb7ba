import { BYTES } from './cursor.ts'
import { shown, writeScalar } from './json-scalar.ts'
import { Misfit } from './misfit.ts'
import { MAX_NESTING } from './scan.ts'
import { anyValue, type Field, type Message } from './schema.ts'
import { beginMessage, endMessage, type Writer, writeTag } from './writer.ts'

export type JsonFields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is JsonFields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Collects what was left out of items that were kept: `note` is called once for each. */
type Warn = (note: string) => void

/**
 * Writes the fields of one OTLP/JSON message, in the order of their numbers; unknown names are ignored, null is the default.
 * Throws Misfit where a value is of a wrong type, unless its field is lenient. `nesting`: values around it.
 */
export const writeMessage = (writer: Writer, message: Message, fields: JsonFields, warn: Warn, nesting = 0): void => {
  const depth = message === anyValue ? nesting + 1 : nesting
  if (depth > MAX_NESTING) throw new Misfit(`Expected values nested at most ${MAX_NESTING} deep`)
  for (const field of message.fields) {
    const value = fields[field.name]
    if (value !== undefined && value !== null) writeField(writer, field, value, { warn, depth, always: message.oneof })
  }
}

type Around = { readonly warn: Warn; readonly depth: number; readonly always: boolean }

const writeField = (writer: Writer, field: Field, value: unknown, around: Around): void => {
  if (!field.repeated) writeKindly(writer, field, value, around)
  else if (Array.isArray(value)) for (const element of value) writeKindly(writer, field, element, around)
  else refuse(field, 'a list', value, around)
}

// A lenient field is taken back, with a warning, where it does not fit.
const writeKindly = (writer: Writer, field: Field, value: unknown, around: Around): void => {
  const { at } = writer
  try {
    writeOne(writer, field, value, around)
  } catch (error) {
    if (!field.lenient || !(error instanceof Misfit)) throw error
    writer.at = at
    around.warn(error.message)
  }
}

const refuse = (field: Field, expected: string, value: unknown, around: Around): void => {
  const reason = `Expected \`${field.name}\` to be ${expected}, got ${shown(value)}`
  if (!field.lenient) throw new Misfit(reason)
  around.warn(reason)
}

const writeOne = (writer: Writer, field: Field, value: unknown, around: Around): void => {
  const message = field.message()
  if (message === undefined) writeScalar(writer, field, value, around.always || field.repeated)
  else writeInside(writer, field, message, value, around)
}

const writeInside = (writer: Writer, field: Field, message: Message, value: unknown, around: Around): void => {
  // `null` in a list of values is an empty value.
  if (!isFields(value) && value !== null) throw new Misfit(`Expected \`${field.name}\` to be an object, got ${shown(value)}`)
  writeTag(writer, field.number, BYTES)
  const start = beginMessage(writer)
  if (value !== null) writeMessage(writer, message, value, around.warn, around.depth)
  endMessage(writer, start)
}
