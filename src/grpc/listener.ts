import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js'
import { HealthImplementation } from 'grpc-health-check'
import type { Door } from '../receive/accept.ts'
import type { Tokens } from '../receive/tokens.ts'
import { createAdmission } from './admission.ts'
import { createServices } from './service.ts'

export type GrpcOptions = {
  readonly door: Door
  readonly tokens: Tokens
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Calls that may wait to be read. */
  readonly maxWaiting: number
  /** Whether requests could be stored now: what the health service says. Asked every few seconds. */
  readonly ready: () => Promise<boolean>
}

export type GrpcListener = {
  /** `host:port` */
  readonly address: string
  /** Takes no more calls, lets running ones finish for at most `ms`, then cuts them. */
  readonly close: (ms: number) => Promise<void>
}

const maxStreamsPerConnection = 100
const maxIdleMs = 300_000
const keepaliveMs = 60_000
const keepaliveTimeoutMs = 20_000
const maxAnswerBytes = 4 * 2 ** 20
const healthEveryMs = 2_000

// What it has to say comes as errors too, and stderr is not its to write to.
setLogVerbosity(logVerbosity.NONE)

/** OTLP/gRPC (`opentelemetry.proto.collector.*.v1`) and `grpc.health.v1`, in the clear. Rejects when the port is taken. */
export const listenGrpc = async (options: GrpcOptions): Promise<GrpcListener> => {
  const { door, tokens, host, maxWaiting } = options
  const server = new Server({
    interceptors: [createAdmission({ tokens, maxWaiting })],
    'grpc.max_receive_message_length': door.limits.maxBodyBytes,
    'grpc.max_send_message_length': maxAnswerBytes,
    'grpc.max_concurrent_streams': maxStreamsPerConnection,
    'grpc.max_connection_idle_ms': maxIdleMs,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  })
  for (const { definition, implementation } of createServices(door)) server.addService(definition, implementation)
  const health = new HealthImplementation({ '': 'UNKNOWN' })
  health.addToServer(server)
  const port = await bind(server, options)
  const stopHealth = followReadiness(health, options.ready)
  return {
    address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async ms => {
      stopHealth()
      await shutDown(server, ms)
    },
  }
}

const bind = (server: Server, { host, port }: GrpcOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(withCode(error))
    })
  })

// grpc-js puts the system's code into the text alone.
const withCode = (error: Error): Error => (error.message.includes('EADDRINUSE') ? Object.assign(error, { code: 'EADDRINUSE' }) : error)

const followReadiness = (health: HealthImplementation, ready: () => Promise<boolean>): (() => void) => {
  let isStopped = false
  const look = async (): Promise<void> => {
    const isReady = await ready().catch(() => false)
    if (!isStopped) health.setStatus('', isReady ? 'SERVING' : 'NOT_SERVING')
  }
  void look()
  const timer = setInterval(() => void look(), healthEveryMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
    health.setStatus('', 'NOT_SERVING')
  }
}

const shutDown = (server: Server, ms: number): Promise<void> =>
  new Promise(resolve => {
    const cut = setTimeout(() => server.forceShutdown(), ms)
    server.tryShutdown(() => {
      clearTimeout(cut)
      resolve()
    })
  })
