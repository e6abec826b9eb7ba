import type { Json, JsonObject } from '../model/json.ts'

/** The same text for equal values, whatever the order of their keys. */
export const canonical = (json: Json | undefined): string =>
  JSON.stringify(json, (_, value: Json) => (isObject(value) ? sorted(value) : value)) ?? ''

const isObject = (json: Json): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json)

const sorted = (object: JsonObject): JsonObject => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
