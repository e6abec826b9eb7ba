import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { diag, trace } from '@opentelemetry/api'
import { isProxy, sequencedProvider } from './register/sequenced-provider.ts'
import { type StartLogger, StepSequencer } from './sdk/index.ts'

/** `node --import runledger/register agent.js`: the OpenTelemetry SDK of the application, as its `OTEL_*` variables say, with steps numbered and starts told. */

type NodeSdk = { readonly start: () => void; readonly shutdown: () => Promise<void> }
type Logs = { readonly logs?: { readonly getLogger: (name: string) => StartLogger } }

// Of the application first: it decides on the line of the SDK.
const places = [pathToFileURL(`${process.cwd()}/`), import.meta.url]

/** Loads a package the application brings. Undefined where it brings none; what is broken in it rises. */
const loadPeer = <T>(name: string): T | undefined => {
  for (const place of places) {
    const { resolve } = createRequire(place)
    try {
      resolve(name)
    } catch {
      continue
    }
    return createRequire(place)(name)
  }
  return undefined
}

const missing = (name: string): Error =>
  new Error(`runledger/register needs the package ${name}, which is not installed here. Run: npm install ${name}`)

const stopWith = (sdk: NodeSdk): void => {
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= sdk.shutdown().catch(error => diag.error('runledger: the last spans could not be sent', error))
    return stopped
  }
  process.once('beforeExit', () => void stop())
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      // Whoever else listens decides when the process ends.
      void stop().then(() => process.listenerCount(signal) === 0 && process.kill(process.pid, signal))
    })
}

const register = (): void => {
  const peer = loadPeer<{ readonly NodeSDK: new () => NodeSdk }>('@opentelemetry/sdk-node')
  if (peer === undefined) throw missing('@opentelemetry/sdk-node')
  // The 3.x line has the logs in the API itself.
  const { logs } = loadPeer<Logs>('@opentelemetry/api-logs') ?? loadPeer<Logs>('@opentelemetry/api') ?? {}
  if (logs === undefined) throw missing('@opentelemetry/api-logs')
  const sdk = new peer.NodeSDK()
  sdk.start()
  stopWith(sdk)
  const provider = trace.getTracerProvider()
  const sequencer = new StepSequencer({ logger: logs.getLogger('runledger') })
  if (isProxy(provider)) provider.setDelegate(sequencedProvider(provider.getDelegate(), sequencer))
}

register()
