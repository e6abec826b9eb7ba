import { RunStatus } from './run.ts'

export const nameFields = ['status', 'agent', 'session', 'model', 'tool', 'trace', 'has'] as const
export const numberFields = ['cost', 'tokens', 'steps', 'errors', 'duration'] as const
export const timeFields = ['from', 'to'] as const
export const marks = ['gap', 'artifact', 'error', 'plan', 'inferred', 'abandoned'] as const

type NameField = (typeof nameFields)[number]
type NumberField = (typeof numberFields)[number]
type TimeField = (typeof timeFields)[number]
export type Comparison = '>' | '>=' | '<' | '<=' | '='

/** One thing that is asked of a run; all conditions of a query must hold. */
export type RunCondition =
  /** Any of `values`. */
  | { readonly kind: 'name'; readonly field: NameField; readonly values: readonly string[]; readonly not: boolean }
  /** Durations in milliseconds, cost in US dollars. */
  | { readonly kind: 'number'; readonly field: NumberField; readonly is: Comparison; readonly value: number; readonly not: boolean }
  /** Started at or after `from`, before `to`; ISO 8601. */
  | { readonly kind: 'time'; readonly field: TimeField; readonly value: string }
  /** All of these words stand in the previews of the run. */
  | { readonly kind: 'words'; readonly words: string; readonly not: boolean }

/** What could not be understood; `at` counts characters from 0. */
export type QueryMistake = { readonly at: number; readonly detail: string }

export type ParsedQuery = { readonly conditions: readonly RunCondition[]; readonly mistakes: readonly QueryMistake[] }

/** Conditions a query may have: each is a piece of the statement. */
export const maxConditions = 20
const maxValues = 20

/**
 * Reads the query language of runs: `status:failed,cancelled agent:planner cost>0.10 duration>30s has:gap -tool:search "two words" word`.
 * Pure and total: what can't be understood is a mistake with its place.
 */
export const parseRunQuery = (text: string): ParsedQuery => {
  const conditions: RunCondition[] = []
  const mistakes: QueryMistake[] = []
  for (const match of text.matchAll(piece)) {
    const [whole] = match
    const read = conditionFrom(match.groups ?? {})
    if (typeof read === 'string') mistakes.push({ at: match.index, detail: `${read}, got ${JSON.stringify(whole.slice(0, 60))}` })
    else conditions.push(read)
  }
  if (conditions.length > maxConditions)
    mistakes.push({ at: 0, detail: `Expected at most ${maxConditions} conditions, got ${conditions.length}` })
  return { conditions, mistakes }
}

// A field with a comparison and a value, or words; each may be quoted, and negated.
const piece =
  /(?<not>-)?(?:(?<field>[a-z_]+)(?<is>:|>=|<=|>|<|=)(?:"(?<quotedValue>[^"]*)"?|(?<value>[^\s"]*))|"(?<quoted>[^"]*)"?|(?<word>\S+))/gi

type Groups = Readonly<Record<string, string | undefined>>

const conditionFrom = (groups: Groups): RunCondition | string => {
  const not = groups['not'] !== undefined
  const field = groups['field']?.toLowerCase()
  if (field === undefined) return wordsFrom(groups['quoted'] ?? groups['word'] ?? '', not)
  const is = groups['is'] ?? ':'
  const value = groups['quotedValue'] ?? groups['value'] ?? ''
  const asName = nameFields.find(name => name === field)
  if (asName !== undefined) return is === ':' || is === '=' ? nameCondition(asName, value, not) : `Expected ${field}: and a value`
  const asNumber = numberFields.find(name => name === field)
  if (asNumber !== undefined) return numberCondition(asNumber, is, value, not)
  const asTime = timeFields.find(name => name === field)
  if (asTime !== undefined) return timeCondition(asTime, value, not)
  // A URL or a time is a word, not a field of ours.
  if (is === ':' && value.startsWith('/')) return wordsFrom(`${groups['field']}${is}${value}`, not)
  return `Expected one of ${[...nameFields, ...numberFields, ...timeFields].join(', ')}`
}

const wordsFrom = (words: string, not: boolean): RunCondition | string =>
  words.trim() === '' ? 'Expected a word' : { kind: 'words', words, not }

const nameCondition = (field: NameField, value: string, not: boolean): RunCondition | string => {
  const values = field === 'status' || field === 'has' ? value.split(',').filter(it => it !== '') : [value]
  if (values.length === 0 || values.some(it => it === '') || values.length > maxValues) return `Expected ${field}: and a value`
  const allowed: Readonly<Partial<Record<NameField, readonly string[]>>> = { status: RunStatus.options, has: marks }
  const strange = values.find(it => allowed[field]?.includes(it) === false)
  if (strange !== undefined) return `Expected ${field}: and one of ${allowed[field]?.join(', ')}`
  return { kind: 'name', field, values: field === 'trace' ? values.map(it => it.toLowerCase().padStart(32, '0')) : values, not }
}

const comparisons: Readonly<Record<string, Comparison>> = { ':': '=', '=': '=', '>': '>', '>=': '>=', '<': '<', '<=': '<=' }
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, '': 1 }
const multiples: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000, '': 1 }

const numberCondition = (field: NumberField, is: string, value: string, not: boolean): RunCondition | string => {
  const [, digits, unit] = /^\$?(\d{1,15}(?:\.\d{1,9})?)([a-z]*)$/i.exec(value) ?? []
  const factor = (field === 'duration' ? units : multiples)[(unit ?? '?').toLowerCase()]
  if (digits === undefined || factor === undefined)
    return `Expected ${field}> and ${field === 'duration' ? 'a duration such as 30s or 5m' : 'a number'}`
  return { kind: 'number', field, is: comparisons[is] ?? '=', value: Number(digits) * factor, not }
}

const timeCondition = (field: TimeField, value: string, not: boolean): RunCondition | string =>
  not || !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(value) || Number.isNaN(Date.parse(value))
    ? `Expected ${field}: and a time such as 2026-01-31 or 2026-01-31T12:00:00Z`
    : { kind: 'time', field, value: new Date(value.length > 10 && !/(Z|[+-]\d\d:\d\d)$/.test(value) ? `${value}Z` : value).toISOString() }
