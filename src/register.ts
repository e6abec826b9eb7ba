import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { diag, trace } from '@opentelemetry/api'
import { isProxy, sequencedProvider } from './register/sequenced-provider.ts'
import { type StartLogger, StepSequencer } from './sdk/index.ts'

/** `node --import runledger/register agent.js`: the OpenTelemetry SDK of the application, as its `OTEL_*` variables say, with steps numbered and starts told. */

type NodeSdk = { readonly start: () => void; readonly shutdown: () => Promise<void> }
type Logs = { readonly logs?: { readonly getLogger: (name: string) => StartLogger } }

// Of the application first: it decides on the line of the SDK.
const places = [pathToFileURL(`${process.cwd()}/`).href, import.meta.url]

/** Where a package lies for the first of `from` that has it. */
const locate = (name: string, from: readonly string[]): string | undefined => {
  for (const place of from) {
    try {
      return createRequire(place).resolve(name)
    } catch {}
  }
  return undefined
}

/** Loads a package as the module at `from` would. Undefined where there is none; what is broken in it rises. */
const loadBeside = <T>(name: string, from: string): T | undefined => {
  const path = locate(name, [pathToFileURL(from).href, ...places])
  return path === undefined ? undefined : createRequire(path)(path)
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

// The logs the SDK itself writes to: in the 3.x line they are a part of the API.
const logsOf = (sdk: string): Logs['logs'] =>
  loadBeside<Logs>('@opentelemetry/api', sdk)?.logs ?? loadBeside<Logs>('@opentelemetry/api-logs', sdk)?.logs

const register = (): void => {
  const path = locate('@opentelemetry/sdk-node', places)
  if (path === undefined) throw missing('@opentelemetry/sdk-node')
  const { NodeSDK }: { readonly NodeSDK: new () => NodeSdk } = createRequire(path)(path)
  const logs = logsOf(path)
  if (logs === undefined) throw missing('@opentelemetry/api-logs')
  const sdk = new NodeSDK()
  sdk.start()
  stopWith(sdk)
  const provider = trace.getTracerProvider()
  const sequencer = new StepSequencer({ logger: logs.getLogger('runledger') })
  if (isProxy(provider)) provider.setDelegate(sequencedProvider(provider.getDelegate(), sequencer))
}

register()
