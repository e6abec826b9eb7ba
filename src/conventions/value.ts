import type { Attributes, Value } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'

/** Deeper values are cut: nobody reads them, and every walker after us recurses. */
const maxDepth = 64

/** An attribute's value as JSON: integers beyond a double as decimal digits, bytes as base64, NaN and Infinity as their names. */
export const jsonFromValue = (value: Value | undefined, depth = 0): Json => {
  if (value === undefined || value === null || depth > maxDepth) return null
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (isMap(value)) return Object.fromEntries([...value].map(([key, v]) => [key, jsonFromValue(v, depth + 1)]))
  return value.map(v => jsonFromValue(v, depth + 1))
}

const isMap = (value: Exclude<Value, null>): value is ReadonlyMap<string, Value> => value instanceof Map

/** Text that is JSON as what it says; bytes are read as such text first; other text stays text. */
export const parsedFromValue = (value: Value | undefined): Json => {
  if (typeof value === 'string') return parsedFromText(value)
  if (value instanceof Uint8Array) return parsedFromText(Buffer.from(value).toString('utf8'))
  return jsonFromValue(value)
}

/** The same of the attribute `key`; undefined where there is none. */
export const parsedAt = (attributes: Attributes, key: string): Json | undefined =>
  attributes.has(key) ? parsedFromValue(attributes.get(key)) : undefined

/** Objects, arrays and quoted strings alone: "12" or "true" as an argument is more likely meant as text. */
export const parsedFromText = (text: string): Json => {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[' && first !== '"') return text
  try {
    return pruned(JSON.parse(text), 0)
  } catch {
    // Cut off by a length limit in the sender: what is there is still worth reading.
    return text
  }
}

// JSON.parse survives a depth of a million, whoever walks the result does not.
const pruned = (json: Json, depth: number): Json => {
  if (json === null || typeof json !== 'object') return json
  if (depth > maxDepth) return null
  if (isArray(json)) return json.some(isNested) ? json.map(v => pruned(v, depth + 1)) : json
  return Object.values(json).some(isNested) ? Object.fromEntries(Object.entries(json).map(([k, v]) => [k, pruned(v, depth + 1)])) : json
}

const isNested = (json: Json): boolean => json !== null && typeof json === 'object'

export const isArray = (json: Json | undefined): json is readonly Json[] => Array.isArray(json)

export const isObject = (json: Json | undefined): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json)

/** The member of an object, else undefined: never what an object inherits. */
export const member = (json: Json | undefined, key: string): Json | undefined =>
  isObject(json) && Object.hasOwn(json, key) ? json[key] : undefined

/** What a table says of a key that came from outside: never what an object inherits (`constructor`). */
export const entry = <T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined =>
  key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined

/** A string that says something. */
export const textFrom = (json: Json | undefined): string | undefined => (typeof json === 'string' && json !== '' ? json : undefined)

/** What can be read of a value meant as text: itself, the texts of a list of parts, else its JSON. */
export const readableFrom = (json: Json | undefined): string | undefined => {
  if (json === undefined || json === null || json === '') return undefined
  if (typeof json === 'string') return json
  if (isArray(json)) {
    const texts = json.map(part =>
      typeof part === 'string' ? part : (textFrom(member(part, 'text')) ?? textFrom(member(part, 'content'))),
    )
    return texts.every(text => text !== undefined) ? texts.join('\n') || undefined : JSON.stringify(json)
  }
  return textFrom(member(json, 'text')) ?? textFrom(member(json, 'content')) ?? JSON.stringify(json)
}

/** The first of `keys` that holds a non-empty string. */
export const stringAt = (attributes: Attributes, ...keys: readonly string[]): string | undefined => {
  for (const key of keys) {
    const value = attributes.get(key)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

const decimal = /^\d{1,15}$/

/** The first of `keys` that holds a count: an integer ≥ 0, or its decimal digits (Codex and Claude Code send strings). */
export const countAt = (attributes: Attributes, ...keys: readonly string[]): number | undefined => {
  for (const key of keys) {
    const value = attributes.get(key)
    const count = typeof value === 'string' && decimal.test(value) ? Number(value) : value
    if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count
  }
  return undefined
}

const amount = /^\d{1,12}(\.\d{1,18})?$/

/** The first of `keys` that holds an amount ≥ 0. */
export const amountAt = (attributes: Attributes, ...keys: readonly string[]): number | undefined => {
  for (const key of keys) {
    const value = attributes.get(key)
    const found = typeof value === 'string' && amount.test(value) ? Number(value) : value
    if (typeof found === 'number' && Number.isFinite(found) && found >= 0) return found
  }
  return undefined
}

/** A record or list that holds something, else undefined. */
export const filled = <T extends object>(held: T | undefined): T | undefined =>
  held === undefined || Object.keys(held).length === 0 ? undefined : held

/** `record` without the members that are undefined: absent and undefined are one thing to a reader. */
export const present = <T extends object>(record: T): Present<T> => {
  const kept: Record<string, unknown> = {}
  // Runs several times for each span: a plain loop costs a fifth of entries, filter and fromEntries.
  for (const key in record) if (record[key] !== undefined) kept[key] = record[key]
  // The loop has just proved it; the type system can't follow.
  return kept as Present<T>
}
type Present<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}
