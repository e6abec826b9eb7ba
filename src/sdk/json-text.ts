import type { AttributeValue } from '@opentelemetry/api'

/** JSON text of anything: what JSON has no word for is null or its text; a value within itself is cut. Never throws. */
export const jsonText = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    return patientJsonText(value)
  }
}

const patientJsonText = (value: unknown): string => {
  const path: unknown[] = []
  try {
    return (
      JSON.stringify(value, function (this: unknown, _key, member: unknown) {
        while (path.length > 0 && path.at(-1) !== this) path.pop()
        if (typeof member === 'bigint') return String(member)
        if (path.includes(member)) return '[Circular]'
        if (typeof member === 'object' && member !== null) path.push(member)
        return member
      }) ?? 'null'
    )
  } catch {
    return JSON.stringify(`[${typeof value} without a JSON text]`)
  }
}

/** A value as an attribute: texts, numbers and booleans as they are, all else (and text that could be taken for it) as JSON text. */
export const attributeFrom = (value: unknown): AttributeValue => {
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  return typeof value === 'string' && !/^\s*["[{]/.test(value) ? value : jsonText(value)
}
