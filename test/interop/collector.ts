import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { freePorts, type Program, startProgram } from './program.ts'
import { buildCollector } from './programs.ts'

/** The file that operators copy. */
export const collectorConfig = join(import.meta.dirname, '..', '..', 'otel-collector.yaml')

export type Collector = Program & {
  readonly http: string
  readonly grpc: string
  /** The present value of a metric of the exporter to runledger, for traces; undefined where there is none. */
  readonly metric: (name: string) => Promise<number | undefined>
  readonly metricsText: () => Promise<string>
  /** Starts it again where it was: the same ports, the same queue. */
  readonly again: () => Promise<Collector>
}

type Options = {
  readonly runledger: string
  readonly jaeger: string
  readonly queue: string
  readonly config?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a real Collector with the file that operators copy. */
export const startCollector = async (options: Options): Promise<Collector> => {
  const [grpc = 0, http = 0, health = 0, metrics = 0] = await freePorts(4)
  return start(options, { grpc, http, health, metrics })
}

type Ports = { readonly grpc: number; readonly http: number; readonly health: number; readonly metrics: number }

const start = async (options: Options, ports: Ports): Promise<Collector> => {
  const program = await startProgram({
    command: buildCollector(),
    args: ['--config', options.config ?? collectorConfig],
    cwd: options.queue,
    health: `http://127.0.0.1:${ports.health}/`,
    env: {
      COLLECTOR_GRPC: `127.0.0.1:${ports.grpc}`,
      COLLECTOR_HTTP: `127.0.0.1:${ports.http}`,
      COLLECTOR_HEALTH: `127.0.0.1:${ports.health}`,
      COLLECTOR_METRICS_PORT: String(ports.metrics),
      COLLECTOR_QUEUE_DIR: options.queue,
      JAEGER_OTLP_GRPC: options.jaeger,
      RUNLEDGER_URL: options.runledger,
      ...options.env,
    },
  })
  const metricsText = async (): Promise<string> => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text()
  return {
    ...program,
    http: `http://127.0.0.1:${ports.http}`,
    grpc: `http://127.0.0.1:${ports.grpc}`,
    metricsText,
    metric: async name => {
      const values = (await metricsText())
        .split('\n')
        .filter(line => line.startsWith(`${name}{`) && line.includes('"otlp_http/runledger"') && !line.includes('data_type="logs"'))
        .map(line => Number(line.split(' ').at(-1)))
      return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0)
    },
    again: () => start(options, ports),
  }
}

/** What `validate` says of a file; empty where it is good. */
export const validate = (config: string, env: Readonly<Record<string, string>> = {}): string => {
  try {
    execFileSync(buildCollector(), ['validate', '--config', config], { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, ...env } })
    return ''
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  }
}
