import { strict as assert } from 'node:assert'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { runAgent } from './agent.ts'

const exporters: Readonly<Record<string, (url: string) => SpanExporter>> = {
  JSON: url => new JsonExporter({ url }),
  // The exporter's own enumeration says `gzip` by this word.
  'protobuf, gzip': url => new ProtobufExporter({ url, compression: 'gzip' as never }),
}

describe('an agent with the OpenTelemetry SDK', () => {
  const found: unknown[] = []
  for (const [name, createExporter] of Object.entries(exporters)) {
    describe(`over ${name}`, () => {
      const server = testServer()

      it('finds in the rows what it says it did', async () => {
        const account = await runAgent(createExporter(`${server.otlp}/v1/traces`))
        await drained(server.db)
        const steps = await server
          .db('obs_steps')
          .orderBy('sequence')
          .select('id', 'sequence', 'type', 'content', 'timestamp', 'latency_ms', 'parent_step_id', 'attributes')
        const [run] = await server
          .db('obs_runs')
          .select('id', 'agent_id', 'status', 'task_input', 'created_at', 'ended_at', 'steps', 'errors', 'artifacts', 'gaps')
        const artifacts = await server.db('obs_artifacts').select('id', 'step_id', 'role', 'path', 'mime_type', 'size_bytes')
        assert.deepEqual(
          steps.map(({ type, content }) => ({ type, content })),
          account,
        )
        assert.deepEqual(
          steps.map(step => step.sequence),
          account.map((_, i) => i),
        )
        assert.deepEqual([run.agent_id, run.status, run.task_input, run.errors], ['planner', 'completed', 'Weather in Oslo and Rome?', 1])
        assert.deepEqual(
          artifacts.map(({ role, path, mime_type, size_bytes }) => [role, path, mime_type, Number(size_bytes)]),
          [['output', 'answer.md', 'text/markdown', 19]],
        )
        found.push({ run, steps, artifacts })
      })
    })
  }

  describe('over either', () => {
    it('finds the same rows', () => {
      assert.equal(found.length, 2)
      assert.deepEqual(found[0], found[1])
    })
  })
})
