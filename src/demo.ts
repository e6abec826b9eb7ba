import { setTimeout as sleep } from 'node:timers/promises'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { demoSteps, playAgent } from './demo/agent.ts'
import { RunItem } from './model/api/run-item.ts'
import { StepItemPage } from './model/api/step-item.ts'
import { runText } from './view/run-text.ts'

const readMs = 20_000
const pauseMs = 50

export type DemoOptions = { readonly api: string; readonly otlp: string; readonly readToken?: string; readonly ingestToken?: string }

/**
 * Lets a small agent with a real OpenTelemetry SDK report a run to `otlp`, reads the run back from `api` and returns it as
 * text. Throws when it has not arrived whole within 20 s.
 */
export const runDemo = async ({ api, otlp, readToken, ingestToken }: DemoOptions): Promise<string> => {
  const exporter = new OTLPTraceExporter({ url: `${otlp}/v1/traces`, headers: bearer(ingestToken) })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'runledger-demo', 'service.namespace': 'agents' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const traceId = await playAgent(provider.getTracer('runledger-demo'), ms => sleep(ms))
  await provider.shutdown()
  return readBack(api, runOf(traceId), bearer(readToken))
}

const bearer = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` })

/** A run without an id of its own has that of its trace. */
const runOf = (traceId: string): string => traceId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

const RunSeen = RunItem.pick({ agent_id: true, status: true, artifacts: true, gaps: true })

const readBack = async (api: string, run: string, headers: Record<string, string>): Promise<string> => {
  const deadline = Date.now() + readMs
  let seen = 'nothing of it'
  while (Date.now() < deadline) {
    const answer = await fetch(`${api}/api/runs/${run}`, { headers })
    if (answer.ok) {
      const found = RunSeen.parse(await answer.json())
      const { items: steps } = StepItemPage.parse(await (await fetch(`${api}/api/runs/${run}/steps`, { headers })).json())
      seen = `status ${found.status}, ${steps.length} steps`
      if (found.status === 'completed' && steps.length === demoSteps) return runText({ ...found, id: run, steps: demoSteps }, steps)
    } else await answer.body?.cancel()
    await sleep(pauseMs)
  }
  throw new Error(`Expected the demo's run ${run} completed with ${demoSteps} steps within ${readMs / 1000} s, saw ${seen}`)
}
