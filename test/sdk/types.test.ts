import { trace } from '@opentelemetry/api'
import type { Logger } from '@opentelemetry/api-logs'
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { JournalSpanExporter } from '../../src/exporter/index.ts'
import type { Run, RunOptions, StartLogger, StepSequencer, Steps, withRun } from '../../src/sdk/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(..._: readonly T[]): void => {}

const tracer = trace.getTracer('types')

/** Never called: what is said here, the compiler checks. */
const agent = async (run: Run): Promise<void> => {
  const weather = await run.tool('weather', { city: 'Oslo' }, async ({ city }) => ({ city, celsius: 4 }))
  holds<Same<typeof weather, { city: string; celsius: number }>>(true)
  const text = await run.thinking(call => {
    call.said({ text: 'x', inputTokens: 1 })
    return 'answer'
  })
  holds<Same<typeof text, string>>(true)
  const nested = await run.agent('helper', async helper => {
    holds<Same<typeof helper, Steps>>(true)
    // @ts-expect-error the run of an agent below is not its own to end
    helper.end()
    return 1
  })
  holds<Same<typeof nested, number>>(true)
  const handed = run.handOver(() => 'x' as const)
  holds<Same<typeof handed, 'x'>>(true)
  run.plan(['a', { title: 'b', status: 'in_progress' }])
  // @ts-expect-error not a status of a plan's item
  run.plan([{ title: 'b', status: 'done' }])
  // @ts-expect-error not a status a run ends with
  run.end({ status: 'running' })
  // @ts-expect-error an artifact has a path
  await run.artifact({ role: 'output' })
  // @ts-expect-error the arguments are those of the work
  await run.tool('weather', { city: 'Oslo' }, async ({ town }) => town)
}

describe('the types of the SDK', () => {
  it('keep what the work returns, and refuse what is wrong', () => {
    holds<Same<ReturnType<typeof withRun<Promise<number>>>, Promise<number>>>(true)
    holds<Same<Parameters<typeof agent>[0], Run>>(true)
    // @ts-expect-error somebody does the work
    const _: RunOptions = { tracer }
  })

  it('are those of the OpenTelemetry SDK where they meet it', () => {
    holds<StepSequencer extends SpanProcessor ? true : false>(true)
    holds<JournalSpanExporter extends SpanExporter ? true : false>(true)
    holds<Logger extends StartLogger ? true : false>(true)
  })
})
