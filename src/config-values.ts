import { resolve } from 'node:path'
import { z } from 'zod'

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytes: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

const quantity = (units: Readonly<Record<string, number>>, example: string) =>
  z.string().transform((text, context) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim()) ?? []
    const factor = unit === undefined ? undefined : units[unit]
    const value = Math.round(Number(number) * (factor ?? Number.NaN))
    if (Number.isSafeInteger(value)) return value
    context.addIssue({ code: 'custom', message: `Expected ${example}` })
    return z.NEVER
  })

/** `250ms 10s 5m 1h 30d` as milliseconds. */
export const duration = quantity(milliseconds, 'a duration such as 250ms, 10s, 5m, 1h or 30d')

/** Bytes, or `64MiB`. */
export const size = quantity(bytes, 'a size in bytes or such as 64MiB')

const whole = (from: number, to: number) =>
  z.string().transform((text, context) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
    if (value >= from && value <= to) return value
    context.addIssue({ code: 'custom', message: `Expected a whole number from ${from} to ${to}` })
    return z.NEVER
  })

/** 0 takes a free one. */
export const port = whole(0, 65_535)
export const wholeNumber = whole(1, 2 ** 31 - 1)
export const text = z.string().min(1)

const isWebUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
const hasCredentials = (value: string): boolean => new URL(value).username !== '' || new URL(value).password !== ''

/** A path that stands before all others: `/a/b`, without a slash at its end. */
export const path = z
  .string()
  .regex(/^(\/[\w.~-]+)*\/?$/, 'Expected a path such as /runledger')
  .transform(value => value.replace(/\/$/, ''))

/** Where something is found on the web; no secret belongs in it. */
export const webUrl = z
  .string()
  .refine(isWebUrl, { error: 'Expected a URL such as https://name.example', abort: true })
  .refine(value => !hasCredentials(value), 'Expected a URL without user and password')

/** A URL with a place for a trace id. */
export const traceTemplate = webUrl.refine(
  value => value.includes('{traceId}'),
  'Expected a URL with {traceId} in it, and {spanId} where that can be said',
)

export const tokens = z.string().transform(list =>
  list
    .split(',')
    .map(it => it.trim())
    .filter(it => it !== ''),
)
/** Files, from where the process was started. */
export const paths = tokens.transform(list => list.map(path => resolve(path)))
export const yes = z.enum(['true', 'false'], 'Expected true or false').transform(it => it === 'true')
