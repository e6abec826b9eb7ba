import {
  type Context,
  context,
  type ProxyTracerProvider,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { StartedSpan, StepSequencer } from '../sdk/index.ts'

/** Whether the global provider stands for another that can be exchanged: not so where the SDK is disabled. */
export const isProxy = (provider: TracerProvider): provider is ProxyTracerProvider => 'setDelegate' in provider && 'getDelegate' in provider

/** `provider`, with every span it starts shown to `sequencer`: an SDK that the environment configures takes no further span processor. */
export const sequencedProvider = (provider: TracerProvider, sequencer: StepSequencer): TracerProvider => ({
  getTracer: (...args) => new SequencedTracer(provider.getTracer(...args), sequencer),
})

class SequencedTracer implements Tracer {
  readonly #tracer: Tracer
  readonly #sequencer: StepSequencer

  constructor(tracer: Tracer, sequencer: StepSequencer) {
    this.#tracer = tracer
    this.#sequencer = sequencer
  }

  startSpan(name: string, options: SpanOptions = {}, at: Context = context.active()): Span {
    const span = this.#tracer.startSpan(name, options, at)
    if (span.isRecording() && isStarted(span)) this.#sequencer.onStart(span, options.root ? trace.deleteSpan(at) : at)
    return span
  }

  startActiveSpan<F extends (span: Span) => ReturnType<F>>(name: string, work: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => ReturnType<F>>(name: string, options: SpanOptions, work: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => ReturnType<F>>(name: string, options: SpanOptions, at: Context, work: F): ReturnType<F>
  startActiveSpan<F extends (span: Span) => ReturnType<F>>(
    name: string,
    first: F | SpanOptions,
    second?: F | Context,
    third?: F,
  ): ReturnType<F> {
    const work = [first, second, third].find(isWork<F>)
    if (work === undefined) throw new TypeError(`Expected startActiveSpan("${name}", …) to be given a function`)
    const at = second !== undefined && 'getValue' in second ? second : context.active()
    const span = this.startSpan(name, isWork<F>(first) ? {} : first, at)
    return context.with(trace.setSpan(at, span), work, undefined, span)
  }
}

const isWork = <F>(argument: unknown): argument is F => typeof argument === 'function'

const isStarted = (span: Span): span is Span & StartedSpan => 'attributes' in span && 'startTime' in span && 'name' in span
