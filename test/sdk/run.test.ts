import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { context, defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { type Run, StepSequencer, startRun, withRun } from '../../src/sdk/index.ts'
import { drained } from '../support/drained.ts'
import { testServer } from '../support/server.ts'
import { forEachLine } from './lines.ts'

const propagator = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] })

/** A process of its own that takes the run up from `carrier` and thinks `text`. */
const other = (otlp: string, carrier: Record<string, string>, text: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('remote-agent.ts', import.meta.url)), otlp, JSON.stringify(carrier), text])

describe('the SDK', () => {
  const server = testServer()
  before(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  after(() => context.disable())

  const rowsOf = async (id: string) => {
    await drained(server.db)
    return {
      run: await server.db('obs_runs').where({ id }).first(),
      steps: await server.db('obs_steps').where({ run_id: id }).orderBy('sequence'),
      artifacts: await server.db('obs_artifacts').where({ run_id: id }).orderBy('path'),
    }
  }

  forEachLine(line => {
    /** Does `work` over a real exporter, and returns what it resolved or rejected with. */
    const reported = async <T>(work: (tracer: ReturnType<ReturnType<ReturnType<typeof line>['provider']>['getTracer']>) => T) => {
      const provider = line().provider([new StepSequencer(), line().batch(line().otlp(`${server.otlp}/v1/traces`))])
      const [outcome] = await Promise.allSettled([work(provider.getTracer('test'))])
      await provider.shutdown()
      return outcome
    }

    it('reports a run with every type of step, numbered by the agent, with its artifacts and agents', async () => {
      let id = ''
      const agent = async (run: Run): Promise<string> => {
        id = run.id
        run.plan(['Ask', { title: 'Answer', status: 'pending' }], { explanation: 'two steps' })
        run.thought('I ask two.', { reasoning: 'One may be down.' })
        const answers = await Promise.allSettled([
          run.tool('weather', { city: 'Oslo' }, async ({ city }) => {
            await run.artifact({ role: 'log', path: 'a.txt', mimeType: 'text/plain', content: 'abc' })
            await run.artifact({ role: 'log', path: 'b.bin', content: new Uint8Array([0, 255, 254]) })
            return { city, celsius: 4 }
          }),
          run.tool('weather', { city: 'Rome' }, () => Promise.reject(new TypeError('no route')), { callId: 'c2' }),
          run.tool('nothing', undefined, () => undefined),
        ])
        assert.deepEqual(
          answers.map(a => a.status),
          ['fulfilled', 'rejected', 'fulfilled'],
        )
        const text = await run.agent('writer', async writer => {
          const answer = await writer.thinking(() => ({ text: 'Four degrees.', usage: { inputTokens: 7, outputTokens: 3 } }), {
            model: 'm1',
            provider: 'p',
          })
          return answer.text
        })
        await assert.rejects(
          run.thinking(() => Promise.reject(new Error('overloaded'))),
          /overloaded/,
        )
        run.error(new RangeError('odd'), { code: 'E_ODD' })
        void run.artifact({ role: 'output', path: 'c.bin', content: 'x'.repeat(70_000) })
        return text
      }
      const outcome = await reported(tracer =>
        withRun({ agent: 'planner', input: { q: 'Warm?' }, session: 's1', metadata: { user: 'u' }, tracer }, agent),
      )
      assert.deepEqual(outcome, { status: 'fulfilled', value: 'Four degrees.' })
      const { run, steps, artifacts } = await rowsOf(id)
      assert.deepEqual(
        [run.agent_id, run.status, run.task_input, run.session_id, run.metadata.user, run.gaps, run.input_tokens],
        ['planner', 'completed', { q: 'Warm?' }, 's1', 'u', 0, '7'],
      )
      assert.deepEqual(
        steps.map(({ type, content, emitted_sequence, sequence }) => {
          assert.equal(emitted_sequence, sequence)
          const { traceback: _, ...rest } = content
          return [type, rest]
        }),
        [
          [
            'plan_update',
            {
              items: [
                { title: 'Ask', status: 'pending' },
                { title: 'Answer', status: 'pending' },
              ],
              explanation: 'two steps',
            },
          ],
          ['thought', { text: 'I ask two.', reasoning: 'One may be down.' }],
          ['tool_call', { tool_name: 'weather', arguments: { city: 'Oslo' } }],
          ['tool_call', { tool_name: 'weather', arguments: { city: 'Rome' }, call_id: 'c2' }],
          ['tool_call', { tool_name: 'nothing', arguments: {} }],
          ['tool_result', { tool_name: 'weather', output: 'no route', is_error: true, call_id: 'c2' }],
          ['tool_result', { tool_name: 'nothing', output: null, is_error: false }],
          ['tool_result', { tool_name: 'weather', output: { city: 'Oslo', celsius: 4 }, is_error: false }],
          ['thought', { text: 'Four degrees.' }],
          ['error', { message: 'overloaded', code: 'Error' }],
          ['error', { message: 'odd', code: 'E_ODD' }],
        ],
      )
      assert.deepEqual(steps[8].agent, ['planner', 'writer'])
      assert.deepEqual(
        artifacts.map(a => [a.path, Number(a.size_bytes), a.step_id === steps[7].id]),
        [
          ['a.txt', 3, true],
          ['b.bin', 3, true],
          ['c.bin', 70_000, false],
        ],
      )
      const contents = await server.db('obs_artifact_contents').where({ run_id: id })
      assert.deepEqual(contents.map(c => c.bytes.toString('hex')).sort(), ['00fffe', '616263'])
      assert.equal(artifacts[2].sha256, 'bca09f4a757d5571c7d9f3341d4301f3c391c090826acc1a3013c6bcb7c01722')
    })

    it('ends as cancelled where its signal aborts, and begins nothing more', async () => {
      let id = ''
      const abort = new AbortController()
      const outcome = await reported(tracer =>
        withRun({ agent: 'planner', signal: abort.signal, tracer }, async run => {
          id = run.id
          await run.tool('first', {}, () => abort.abort())
          await run.tool('second', {}, () => assert.fail('It was not to begin'))
        }),
      )
      assert.equal(outcome?.status === 'rejected' && outcome.reason.name, 'AbortError')
      const { run, steps } = await rowsOf(id)
      assert.deepEqual([run.status, steps.map(s => s.content.tool_name)], ['cancelled', ['first', 'first']])
    })

    it('ends as cancelled by its signal where the end is called by hand', async () => {
      const abort = new AbortController()
      let id = ''
      await reported(tracer => {
        const run = startRun({ agent: 'planner', signal: abort.signal, tracer })
        id = run.id
        run.thought('Waiting.')
        abort.abort()
        run.end({ status: 'completed' })
      })
      assert.equal((await rowsOf(id)).run.status, 'cancelled')
    })

    it('fails with what its work throws, which is one error', async () => {
      let id = ''
      const broken = new Error('broken')
      const outcome = await reported(tracer =>
        withRun({ agent: 'planner', tracer }, async run => {
          id = run.id
          await run.agent('helper', helper => helper.tool('break', 'it', () => Promise.reject(broken)))
        }),
      )
      assert.equal(outcome?.status === 'rejected' && outcome.reason, broken)
      const { run, steps } = await rowsOf(id)
      assert.deepEqual([run.status, steps.map(s => s.type)], ['failed', ['tool_call', 'tool_result']])
      assert.deepEqual(steps[0].content.arguments, { input: 'it' })
    })

    it('goes on, by baggage, where it was handed over, with one numbering', async () => {
      const carrier: Record<string, string> = {}
      let id = ''
      await reported(tracer =>
        withRun({ agent: 'first', tracer }, async run => {
          id = run.id
          run.thought('one')
          // Spans begin at whole milliseconds, as it were: without numbers there is nothing else to go by.
          await sleep(5)
          run.handOver(() => propagator.inject(context.active(), carrier, defaultTextMapSetter))
          run.thought('not counted here any more')
        }),
      )
      assert.match(carrier['baggage'] ?? '', /agent\.step\.sequence=1/)
      await reported(tracer =>
        context.with(propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter), () =>
          withRun({ agent: 'second', tracer }, run => {
            assert.equal(run.id, id)
            run.thought('two')
          }),
        ),
      )
      const { steps } = await rowsOf(id)
      assert.deepEqual(
        steps.map(s => [s.content.text, s.emitted_sequence]),
        [
          ['one', 0],
          ['not counted here any more', null],
          ['two', 1],
        ],
      )
    })

    it('is one run with what another process reports within it, ordered by time where that does not count', async () => {
      let id = ''
      const remote = (carrier: Record<string, string>, text: string) => other(server.otlp, carrier, text)
      await reported(tracer =>
        withRun({ agent: 'caller', tracer }, async run => {
          id = run.id
          await run.tool('ask', {}, async () => {
            const carrier: Record<string, string> = {}
            propagator.inject(context.active(), carrier, defaultTextMapSetter)
            await remote(carrier, 'far away')
          })
          run.thought('back again')
        }),
      )
      const { run, steps } = await rowsOf(id)
      assert.deepEqual(
        steps.map(s => [s.sequence, s.emitted_sequence, s.type, s.content.text]),
        [
          [0, 0, 'tool_call', undefined],
          [1, null, 'thought', 'far away'],
          [2, 1, 'tool_result', undefined],
          [3, 2, 'thought', 'back again'],
        ],
      )
      assert.deepEqual([run.status, run.gaps, run.agent_id], ['completed', 0, 'caller'])
    })
  })
})
