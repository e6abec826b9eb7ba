import type { Attributes } from '@opentelemetry/api'
import { ATTR_STEP_RESULT, ATTR_STEP_RESULT_SEQUENCE } from '../semconv.ts'
import { recordFailure } from './failure.ts'
import { attributeFrom } from './json-text.ts'
import { takeNumber } from './run-state.ts'
import { type Place, startStep, workIn } from './step-span.ts'

/** A tool call and its result in one span by the GenAI conventions. The result takes its number when it is there. */
export const callTool = async <A, T>(
  place: Place,
  name: string,
  args: A,
  work: (args: A) => T,
  callId: string | undefined,
): Promise<Awaited<T>> => {
  place.signal?.throwIfAborted()
  const attributes: Attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    'gen_ai.tool.call.arguments': attributeFrom(args ?? {}),
  }
  if (callId !== undefined) attributes['gen_ai.tool.call.id'] = callId
  const started = startStep(place, `execute_tool ${name}`, 'tool_call', attributes)
  const { span } = started
  try {
    const result = await workIn(place, started, () => work(args))
    // No attribute can be null: a call without a result says so in our own words.
    if (result === undefined || result === null) span.setAttribute(ATTR_STEP_RESULT, '{"output":null}')
    else span.setAttribute('gen_ai.tool.call.result', attributeFrom(result))
    return result
  } catch (thrown) {
    recordFailure(span, thrown)
    throw thrown
  } finally {
    const sequence = takeNumber(place.scope.run)
    if (sequence !== undefined) span.setAttribute(ATTR_STEP_RESULT_SEQUENCE, sequence)
    span.end()
  }
}
