import { context, defaultTextMapGetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { StepSequencer, withRun } from '../../src/sdk/index.ts'
import { line2 } from './lines.ts'

/** Another process of a run: `remote-agent.ts OTLP CARRIER TEXT` goes on from what the carrier says. */
const [otlp = '', carrier = '{}', text = ''] = process.argv.slice(2)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }))
const provider = line2.provider([new StepSequencer(), line2.batch(line2.otlp(`${otlp}/v1/traces`))])
const told = propagation.extract(ROOT_CONTEXT, JSON.parse(carrier), defaultTextMapGetter)
await context.with(told, () => withRun({ agent: 'remote', tracer: provider.getTracer('remote') }, run => run.thought(text)))
await provider.shutdown()
