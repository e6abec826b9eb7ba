import { PermanentError } from '../errors.ts'
import type { Refused, Signal } from '../model/request.ts'
import { type Checked, ENVELOPES_PER_ITEM, tooMany } from './check.ts'
import { BYTES, cursorOver } from './cursor.ts'
import { itemRefusal } from './item-check.ts'
import { isFields, type JsonFields, writeMessage } from './json-message.ts'
import { shown } from './json-scalar.ts'
import { stringifyDeep } from './json-stringify.ts'
import { parseJson } from './json-text.ts'
import { Misfit } from './misfit.ts'
import { type Message, resource, scope, signals } from './schema.ts'
import { beginMessage, createWriter, endMessage, type Writer, writeString, writeTag, written } from './writer.ts'

const MAX_WARNINGS = 3

/** `payload`: the request in protobuf, without the refused items and those of `without`; a view of memory of its own. */
type Converted = Checked & { readonly payload: Buffer }

type State = {
  readonly signal: Signal
  readonly writer: Writer
  readonly maxItems: number
  readonly without: ReadonlySet<number>
  readonly refused: Refused[]
  readonly warnings: string[]
  items: number
  envelopes: number
}

/**
 * Converts an OTLP/JSON export request to protobuf, by the rules of the OTLP specification: hex ids in either case, 64-bit
 * integers as strings or numbers, unknown names ignored, null is the default. Throws PermanentError alone: 400 where it is no
 * such request (also where a resource or scope does not fit), 413 above `maxItems`. The same body gives the same answer.
 */
export const convertJson = (signal: Signal, body: Uint8Array, maxItems: number, without: ReadonlySet<number> = new Set()): Converted => {
  const root = parseJson(body)
  if (!isFields(root)) throw new PermanentError(400, `Expected a JSON object, got ${shown(root)}; nothing was stored`)
  const state: State = {
    signal,
    writer: createWriter(body.length >> 1),
    maxItems,
    without,
    refused: [],
    warnings: [],
    items: 0,
    envelopes: 0,
  }
  const names = signals[signal]
  for (const entry of listIn(root, names.resources)) {
    writeLevel(state, entry, 'resource', resource, names.scopes, inner =>
      writeLevel(state, fieldsOf(inner, names.scopes), 'scope', scope, names.items, item => writeItem(state, item)),
    )
  }
  return { items: state.items, refused: state.refused, warnings: state.warnings, payload: written(state.writer) }
}

const writeLevel = (
  state: State,
  fields: JsonFields,
  name: string,
  header: Message,
  children: string,
  child: (inner: JsonFields) => void,
): void => {
  const { writer } = state
  if (++state.envelopes > state.maxItems * ENVELOPES_PER_ITEM) throw tooMany(state.signal, state.maxItems)
  // Level 1 lies in field 1 of the request, level 2 in field 2 of level 1.
  writeTag(writer, name === 'resource' ? 1 : 2, BYTES)
  const start = beginMessage(writer)
  const head = fields[name]
  if (head !== undefined && head !== null) writeHeader(state, fieldsOf(head, name), header)
  for (const inner of listIn(fields, children)) child(inner)
  const { schemaUrl: url } = fields
  if (typeof url === 'string' && url !== '') {
    writeTag(writer, 3, BYTES)
    writeString(writer, url)
  }
  endMessage(writer, start)
}

const writeHeader = (state: State, fields: JsonFields, header: Message): void => {
  const { writer } = state
  writeTag(writer, 1, BYTES)
  const start = beginMessage(writer)
  try {
    writeMessage(writer, header, fields, note => warn(state, note))
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new PermanentError(400, `${error.message} in ${header.name}; nothing was stored`)
  }
  endMessage(writer, start)
}

const writeItem = (state: State, fields: JsonFields): void => {
  const { writer, signal } = state
  if (state.items === state.maxItems) throw tooMany(signal, state.maxItems)
  const ordinal = state.items++
  const begin = writer.at
  if (state.without.has(ordinal)) return
  const reason = itemReason(state, fields)
  if (reason === undefined) return
  writer.at = begin
  state.refused.push({ ordinal, reason, bytes: Buffer.from(stringifyDeep(fields)) })
}

/** Writes the item; the reason where it is refused. */
const itemReason = (state: State, fields: JsonFields): string | undefined => {
  const { writer, signal } = state
  writeTag(writer, 2, BYTES)
  const start = beginMessage(writer)
  try {
    writeMessage(writer, signals[signal].item, fields, note => warn(state, note))
  } catch (error) {
    if (error instanceof Misfit) return error.message
    throw error
  }
  const length = writer.at - start
  endMessage(writer, start)
  return itemRefusal(signal, cursorOver(writer.bytes, writer.at - length, writer.at), writer.at)
}

const warn = (state: State, note: string): void => {
  if (state.warnings.length < MAX_WARNINGS) state.warnings.push(note)
}

const listIn = (fields: JsonFields, name: string): readonly JsonFields[] => {
  const list = fields[name]
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw new PermanentError(400, `Expected \`${name}\` to be a list, got ${shown(list)}; nothing was stored`)
  for (const entry of list) fieldsOf(entry, name)
  return list
}

const fieldsOf = (value: unknown, name: string): JsonFields => {
  if (isFields(value)) return value
  throw new PermanentError(400, `Expected an object in \`${name}\`, got ${shown(value)}; nothing was stored`)
}
