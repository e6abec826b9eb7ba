import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { z } from 'zod'
import { readSettings } from '../config.ts'
import { duration } from '../config-values.ts'
import { createDatabase } from '../store/database.ts'
import { schemaState } from '../store/migrate.ts'
import { bearer, type Client, type ClientOptions, createClient, findDev } from './client.ts'
import { ExitError } from './exit.ts'
import { coloured, isTerminal, print, printJson } from './output.ts'

export type DoctorOptions = ClientOptions & {
  readonly json?: boolean
  readonly endpoint?: string
  readonly timeout: string
  readonly keep?: boolean
}

/** `warn`: worth knowing, nothing is broken by it. */
type Finding = { readonly check: string; readonly result: 'ok' | 'warn' | 'failed'; readonly detail: string }

/**
 * Looks at everything a span passes on its way, then sends one through `endpoint` and reads it back: that alone is success.
 * Ends with 6 where it did not come back in time, with 5 where the server is not there.
 */
export const doctor = async (options: DoctorOptions): Promise<void> => {
  const timeoutMs = duration.safeParse(options.timeout)
  if (!timeoutMs.success) throw new ExitError('usage', `--timeout: expected a duration such as 20s, got "${options.timeout}"`)
  const client = createClient(options)
  const endpoint = (options.endpoint ?? process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? client.otlp).replace(/\/+$/, '')
  const show = async (finding: Finding): Promise<Finding> => {
    await (isTerminal(options.json) ? print(lineOf(finding)) : printJson(finding))
    return finding
  }
  await show(nodeFinding())
  const server = await show(await serverFinding(client))
  await show(await databaseFinding())
  await show(await portFinding('OTLP endpoint', endpoint))
  await show(await jaegerFinding())
  if (server.result === 'failed') throw new ExitError('unreachable', 'No canary was sent: nobody could read it back')
  const canary = await show(await canaryFinding(client, endpoint, timeoutMs.data, options.keep === true))
  if (canary.result === 'failed') throw new ExitError('nothing', 'The canary span did not come back')
}

const marks = { ok: ['✓', 'green'], warn: ['!', 'yellow'], failed: ['✗', 'red'] } as const

const lineOf = ({ check, result, detail }: Finding): string => {
  const [mark, colour] = marks[result]
  return `${coloured(mark, colour)} ${check.padEnd(14)}  ${detail}`
}

const leastNode = [22, 15] as const

const nodeFinding = (): Finding => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isOld = major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])
  return {
    check: 'Node',
    result: isOld ? 'failed' : 'ok',
    detail: `${process.versions.node}${isOld ? `; ${leastNode.join('.')} or newer is needed` : ''}`,
  }
}

const Version = z.object({ version: z.string() })

const serverFinding = async (client: Client): Promise<Finding> => {
  try {
    const { version } = await client.get('/version', Version)
    const answer = await client.open('/readyz', {}).catch((error: unknown) => error)
    if (answer instanceof Response) return { check: 'runledger', result: 'ok', detail: `${version} at ${client.api}, ready` }
    return { check: 'runledger', result: 'failed', detail: `${version} at ${client.api} is not ready: ${messageOf(answer)}` }
  } catch (error) {
    return { check: 'runledger', result: 'failed', detail: messageOf(error) }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const maxClockSkewMs = 5_000

const databaseFinding = async (): Promise<Finding> => {
  const { databaseUrl, dataDir, dbSchema } = readSettings(process.env)
  const url = databaseUrl ?? findDev(dataDir)?.database
  if (url === undefined)
    return { check: 'Postgres', result: 'warn', detail: 'not looked at: DATABASE_URL is not set, and no `runledger dev` is running' }
  const db = createDatabase({
    url,
    ...(dbSchema === undefined ? {} : { schema: dbSchema }),
    pool: 1,
    statementTimeoutMs: 5_000,
    applicationName: 'runledger doctor',
  })
  try {
    const { rows } = await db.raw<{ rows: { version: string; now: Date; fsync: string; role: boolean }[] }>(
      `select current_setting('server_version') as version, clock_timestamp() as now, current_setting('fsync') as fsync, pg_is_in_recovery() as role`,
    )
    const [row] = rows
    const state = await schemaState(db)
    const skewMs = Math.abs((row?.now.getTime() ?? 0) - Date.now())
    const complaints = [
      ...(state === 'ready' ? [] : [`its schema is ${state}`]),
      ...(row?.fsync === 'off' ? ['fsync is off: what is acknowledged can be lost'] : []),
      ...(row?.role === true ? ['it is a standby: nothing can be written'] : []),
      ...(skewMs > maxClockSkewMs ? [`its clock is ${Math.round(skewMs / 1_000)} s off ours`] : []),
    ]
    const detail = `${row?.version ?? 'unknown version'}, ${complaints.length === 0 ? 'schema up to date, clocks agree' : complaints.join('; ')}`
    return { check: 'Postgres', result: complaints.length === 0 ? 'ok' : 'failed', detail }
  } catch (error) {
    return { check: 'Postgres', result: 'failed', detail: messageOf(error) }
  } finally {
    await db.destroy()
  }
}

const connectMs = 3_000

const portFinding = (check: string, url: string): Promise<Finding> =>
  new Promise(resolve => {
    if (!URL.canParse(url)) return resolve({ check, result: 'failed', detail: `Expected a URL, got "${url}"` })
    const { hostname, port, protocol } = new URL(url)
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      timeout: connectMs,
    })
    const done = (result: Finding['result'], detail: string): void => {
      socket.destroy()
      resolve({ check, result, detail })
    }
    socket.once('connect', () => done('ok', `${url} takes connections`))
    socket.once('timeout', () => done('failed', `${url} does not answer`))
    socket.once('error', error => done('failed', `${url}: ${error.message}`))
  })

const jaegerFinding = async (): Promise<Finding> => {
  const { jaegerUrl } = readSettings(process.env)
  if (jaegerUrl === undefined) return { check: 'Jaeger', result: 'ok', detail: 'not used: RUNLEDGER_JAEGER_URL is not set' }
  const finding = await portFinding('Jaeger', jaegerUrl)
  return finding.result === 'failed' ? { ...finding, result: 'warn' } : finding
}

const pauseMs = 50

const canaryFinding = async (client: Client, endpoint: string, timeoutMs: number, keeps: boolean): Promise<Finding> => {
  const started = performance.now()
  let refused: string | undefined
  const run = await sendCanary(endpoint, client.ingestToken).catch((error: unknown) => {
    refused = messageOf(error)
    return undefined
  })
  if (run === undefined) return { check: 'Canary span', result: 'failed', detail: `${endpoint} did not take it: ${refused}` }
  const Seen = z.object({ steps: z.number() })
  while (performance.now() - started < timeoutMs) {
    const seen = await client.get(`/api/runs/${run}`, Seen).catch((error: unknown) => {
      if (error instanceof ExitError && error.code === 6) return undefined
      throw error
    })
    if (seen !== undefined && seen.steps > 0) {
      const tookMs = Math.round(performance.now() - started)
      if (!keeps) await client.remove(`/api/runs/${run}`)
      return {
        check: 'Canary span',
        result: 'ok',
        detail: `sent through ${endpoint} and read back as run ${run.slice(0, 8)} in ${tookMs} ms${keeps ? '' : '; deleted again'}`,
      }
    }
    await sleep(pauseMs)
  }
  return {
    check: 'Canary span',
    result: 'failed',
    detail: `${endpoint} took it, but ${client.api} does not know run ${run} after ${Math.round(timeoutMs / 1_000)} s`,
  }
}

/** Sends one step of a run of its own, by a real SDK, and returns the run's id. */
const sendCanary = async (endpoint: string, token: string | undefined): Promise<string> => {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: bearer(token), timeoutMillis: 5_000 })
  let failure: Error | undefined
  const watched = {
    export: (...[spans, done]: Parameters<OTLPTraceExporter['export']>) =>
      exporter.export(spans, result => {
        failure = result.error
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  }
  // As agents name themselves, so that a Collector that tells them from the rest sends it on.
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'runledger-doctor', 'service.namespace': 'agents' }),
    spanProcessors: [new SimpleSpanProcessor(watched)],
  })
  const span = provider.getTracer('runledger-doctor').startSpan('canary', {
    attributes: {
      'agent.id': 'runledger-doctor',
      'agent.step.type': 'thought',
      'agent.step.content': JSON.stringify({ text: randomBytes(8).toString('hex') }),
    },
  })
  span.end()
  await provider.forceFlush()
  await provider.shutdown()
  if (failure !== undefined) throw failure
  return span.spanContext().traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
