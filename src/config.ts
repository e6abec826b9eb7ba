import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { nearest } from './config-names.ts'
import { duration, path, paths, port, size, text, tokens, traceTemplate, webUrl, wholeNumber, yes } from './config-values.ts'
import { logLevels } from './log.ts'

/** The settings could not be understood; the message names every mistake. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const minute = 60_000
const mebibyte = 1024 ** 2

const dataHome = (): string => process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')

const schemas = {
  databaseUrl: text.optional(),
  dbSchema: text.regex(/^[^\0]{1,63}$/, 'Expected a name of at most 63 characters').optional(),
  dataDir: text.default(() => join(dataHome(), 'runledger')),
  host: text.default('127.0.0.1'),
  port: port.default(4319),
  ingestPort: port.optional(),
  grpcPort: port.optional(),
  ingestTokens: tokens.default([]),
  readTokens: tokens.default([]),
  allowOpen: yes.default(false),
  maxBodyBytes: size.default(64 * mebibyte),
  maxItems: wholeNumber.default(200_000),
  maxDepth: wholeNumber.default(64),
  maxInFlightBytes: size.default(256 * mebibyte),
  maxConnections: wholeNumber.default(2_000),
  inboxMaxBytes: size.default(4096 * mebibyte),
  inboxMaxAgeMs: duration.default(15 * minute),
  maxRunSpans: wholeNumber.default(200_000),
  maxRunGroups: wholeNumber.default(1_000),
  graceMs: duration.default(10_000),
  idleTimeoutMs: duration.default(10 * minute),
  unclaimedRetentionMs: duration.default(60 * minute),
  jaegerUrl: webUrl.optional(),
  traceUrlTemplate: traceTemplate.optional(),
  publicUrl: webUrl.optional(),
  basePath: path.default(''),
  ingestPool: wholeNumber.default(4),
  queryPool: wholeNumber.default(8),
  statementTimeoutMs: duration.default(15_000),
  shutdownTimeoutMs: duration.default(10_000),
  maxStreams: wholeNumber.default(500),
  maxStreamsPerClient: wholeNumber.default(100),
  feedEntries: wholeNumber.default(1_000_000),
  conventions: paths.default([]),
  logLevel: z.enum(logLevels).default('info'),
} as const

/** What a runledger is told from outside. Times in milliseconds, sizes in bytes. */
export const Settings = z.object(schemas).readonly()
export type Settings = z.infer<typeof Settings>

/** The environment variable of each setting. */
export const variables: Readonly<Record<keyof Settings, string>> = {
  databaseUrl: 'DATABASE_URL',
  dbSchema: 'RUNLEDGER_DB_SCHEMA',
  dataDir: 'RUNLEDGER_DATA_DIR',
  host: 'HOST',
  port: 'PORT',
  ingestPort: 'RUNLEDGER_INGEST_PORT',
  grpcPort: 'RUNLEDGER_GRPC_PORT',
  ingestTokens: 'RUNLEDGER_INGEST_TOKEN',
  readTokens: 'RUNLEDGER_READ_TOKEN',
  allowOpen: 'RUNLEDGER_ALLOW_OPEN',
  maxBodyBytes: 'RUNLEDGER_MAX_BODY_BYTES',
  maxItems: 'RUNLEDGER_MAX_ITEMS',
  maxDepth: 'RUNLEDGER_MAX_DEPTH',
  maxInFlightBytes: 'RUNLEDGER_MAX_IN_FLIGHT_BYTES',
  maxConnections: 'RUNLEDGER_MAX_CONNECTIONS',
  inboxMaxBytes: 'RUNLEDGER_INBOX_MAX_BYTES',
  inboxMaxAgeMs: 'RUNLEDGER_INBOX_MAX_AGE',
  maxRunSpans: 'RUNLEDGER_MAX_RUN_SPANS',
  maxRunGroups: 'RUNLEDGER_MAX_RUN_GROUPS',
  graceMs: 'RUNLEDGER_GRACE',
  idleTimeoutMs: 'RUNLEDGER_IDLE_TIMEOUT',
  unclaimedRetentionMs: 'RUNLEDGER_UNCLAIMED_RETENTION',
  jaegerUrl: 'RUNLEDGER_JAEGER_URL',
  traceUrlTemplate: 'RUNLEDGER_TRACE_URL_TEMPLATE',
  publicUrl: 'RUNLEDGER_PUBLIC_URL',
  basePath: 'RUNLEDGER_BASE_PATH',
  ingestPool: 'RUNLEDGER_INGEST_POOL',
  queryPool: 'RUNLEDGER_QUERY_POOL',
  statementTimeoutMs: 'RUNLEDGER_STATEMENT_TIMEOUT',
  shutdownTimeoutMs: 'RUNLEDGER_SHUTDOWN_TIMEOUT',
  maxStreams: 'RUNLEDGER_MAX_STREAMS',
  maxStreamsPerClient: 'RUNLEDGER_MAX_STREAMS_PER_CLIENT',
  feedEntries: 'RUNLEDGER_FEED_ENTRIES',
  conventions: 'RUNLEDGER_CONVENTIONS',
  logLevel: 'RUNLEDGER_LOG_LEVEL',
}

const secrets = ['DATABASE_URL', 'RUNLEDGER_INGEST_TOKEN', 'RUNLEDGER_READ_TOKEN']
/** Read by others than the settings: the tests, and the service's own clients. */
const foreign = ['RUNLEDGER_TEST_DATABASE_URL', 'RUNLEDGER_URL', 'RUNLEDGER_CONFIG']

type Environment = Readonly<Record<string, string | undefined>>

/** Reads all settings from `environment`; an empty variable counts as unset. Throws SettingsError with every mistake at once. */
export const readSettings = (environment: Environment): Settings => {
  const mistakes: string[] = [...strangers(environment)]
  const raw: Record<string, string> = {}
  for (const [setting, variable] of Object.entries(variables)) {
    const value = read(environment, variable, mistakes)
    if (value !== undefined) raw[setting] = value
  }
  // Who is known below a path stands below it.
  if (raw['publicUrl'] !== undefined && URL.canParse(raw['publicUrl'])) raw['basePath'] ??= new URL(raw['publicUrl']).pathname
  const parsed = z.object(schemas).safeParse(raw)
  if (!parsed.success) mistakes.push(...parsed.error.issues.map(issue => describe(issue, raw)))
  if (parsed.success && mistakes.length === 0) return parsed.data
  throw new SettingsError(`The settings can't be used:\n${mistakes.map(it => `  ${it}`).join('\n')}`)
}

const read = (environment: Environment, variable: string, mistakes: string[]): string | undefined => {
  const value = environment[variable] || undefined
  const file = secrets.includes(variable) ? environment[`${variable}_FILE`] || undefined : undefined
  if (file === undefined) return value
  if (value !== undefined) mistakes.push(`${variable} and ${variable}_FILE: expected one of them, got both`)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    mistakes.push(`${variable}_FILE: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const isSecret = (variable: string): boolean => secrets.includes(variable)

// A URL that has one is a mistake, but shown it must not be.
const password = /\/\/[^/@]*@/

const describe = (issue: z.core.$ZodIssue, raw: Readonly<Record<string, string>>): string => {
  const setting = String(issue.path[0])
  const variable = Object.entries(variables).find(([name]) => name === setting)?.[1] ?? setting
  return `${variable}: ${issue.message}${isSecret(variable) ? '' : `, got "${raw[setting]?.replace(password, '//…@')}"`}`
}

const strangers = (environment: Environment): string[] => {
  const known = [...Object.values(variables), ...secrets.map(it => `${it}_FILE`), ...foreign]
  return Object.keys(environment)
    .filter(name => name.startsWith('RUNLEDGER_') && !known.includes(name))
    .map(name => `${name}: there is no such setting; did you mean ${nearest(name, known)}?`)
}
