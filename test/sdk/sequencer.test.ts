import assert from 'node:assert/strict'
import { context, propagation, ROOT_CONTEXT, type Span, TraceFlags, type Tracer, trace } from '@opentelemetry/api'
import { type StartLogger, StepSequencer, startRun } from '../../src/sdk/index.ts'
import { forEachLine } from './lines.ts'

type Started = Parameters<StartLogger['emit']>[0]

describe('StepSequencer', () => {
  forEachLine(line => {
    /** The attributes of the spans `work` starts, by name, and the start events. */
    const seen = (work: (tracer: Tracer) => void) => {
      const events: Started[] = []
      const memory = line().memory()
      const sequencer = new StepSequencer({ logger: { emit: record => events.push(record) } })
      work(
        line()
          .provider([sequencer, line().simple(memory)])
          .getTracer('test'),
      )
      const spans = memory.getFinishedSpans().map(({ name, attributes }) => [name, attributes] as const)
      return { spans: Object.fromEntries(spans), events }
    }
    const at = (span: Span) => trace.setSpan(ROOT_CONTEXT, span)
    const tool = (tracer: Tracer, name: string, parent: Span): Span =>
      tracer.startSpan(
        `execute_tool ${name}`,
        { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name } },
        at(parent),
      )
    const sequences = (spans: Record<string, Record<string, unknown>>) =>
      Object.fromEntries(Object.entries(spans).map(([name, attributes]) => [name, attributes['agent.step.sequence']]))

    it('numbers what will be a step as it starts: tool calls and told steps, each call once', () => {
      const { spans } = seen(tracer => {
        const root = tracer.startSpan('invoke_agent a', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } })
        tracer.startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat' } }, at(root)).end()
        const first = tool(tracer, 'first', root)
        const again = tracer.startSpan(
          'again',
          { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'first' } },
          at(first),
        )
        tracer.startSpan('GET', {}, at(first)).end()
        tracer.startSpan('told', { attributes: { 'agent.step.type': 'thought' } }, at(root)).end()
        tool(tracer, 'second', root).end()
        again.end()
        first.end()
        root.end()
      })
      assert.deepEqual(sequences(spans), {
        chat: undefined,
        GET: undefined,
        told: 1,
        'execute_tool second': 2,
        again: undefined,
        'execute_tool first': 0,
        'invoke_agent a': undefined,
      })
      assert.equal(spans['GET']?.['agent.run.id'], undefined)
    })

    it('numbers nothing in a trace that came in from elsewhere', () => {
      const remote = trace.setSpanContext(ROOT_CONTEXT, {
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        traceFlags: TraceFlags.SAMPLED,
        isRemote: true,
      })
      const { spans } = seen(tracer => {
        const entry = tracer.startSpan('POST', {}, remote)
        tool(tracer, 'x', entry).end()
        entry.end()
      })
      assert.deepEqual(sequences(spans), { 'execute_tool x': undefined, POST: undefined })
    })

    it('stamps run and agent on every span of a run, and counts with the SDK', () => {
      const id = `stamped ${line().name}`
      const { spans } = seen(tracer => {
        const run = startRun({ agent: 'planner', id, tracer })
        run.thought('one')
        tracer.startSpan('GET', {}, run.context).end()
        const foreign = { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'x' } }
        tracer.startSpan('execute_tool x', foreign, run.context).end()
        const baggage = propagation.createBaggage({ 'agent.run.id': { value: id }, 'agent.id': { value: 'planner' } })
        tracer.startSpan('far', foreign, propagation.setBaggage(ROOT_CONTEXT, baggage)).end()
        run.end()
      })
      for (const attributes of Object.values(spans)) {
        assert.equal(attributes['agent.run.id'], id)
        assert.equal(attributes['agent.id'], 'planner')
      }
      assert.deepEqual(
        ['thought', 'execute_tool x', 'far'].map(name => sequences(spans)[name]),
        [0, 1, 2],
      )
    })

    it('tells what has started: the run, agents and tools below it, with their places', () => {
      let root = ''
      const { events } = seen(tracer => {
        const run = startRun({ agent: 'planner', input: 'go', tracer })
        root = trace.getSpanContext(run.context)?.spanId ?? ''
        run.thought('no start, it is there at once')
        const foreign = { attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'x' } }
        context.with(run.context, () => tracer.startSpan('execute_tool x', foreign, run.context).end())
        run.end()
      })
      assert.deepEqual(
        events.map(({ eventName, attributes }) => [
          eventName,
          attributes['event.name'],
          attributes['agent.step.name'],
          attributes['agent.step.parent_span_id'],
          attributes['agent.step.sequence'],
          attributes['agent.run.task_input'],
        ]),
        [
          ['agent.run.start', 'agent.run.start', 'invoke_agent planner', undefined, undefined, 'go'],
          ['agent.step.start', 'agent.step.start', 'execute_tool x', root, 1, undefined],
        ],
      )
    })

    it('does no harm where its logger throws', () => {
      const memory = line().memory()
      const sequencer = new StepSequencer({
        logger: {
          emit: () => {
            throw new Error('no logger')
          },
        },
      })
      const tracer = line()
        .provider([sequencer, line().simple(memory)])
        .getTracer('test')
      startRun({ agent: 'a', tracer }).end()
      assert.equal(memory.getFinishedSpans().length, 1)
    })
  })
})
