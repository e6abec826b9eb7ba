import { type Attributes, SpanKind } from '@opentelemetry/api'
import { ATTR_STEP_CONTENT, ATTR_STEP_TYPE } from '../semconv.ts'
import { errorContent, recordFailure } from './failure.ts'
import { answerFrom, attributesOfAnswer, type ModelAnswer } from './model-answer.ts'
import { type Place, startStep, workIn } from './step-span.ts'

export type ModelOptions = { readonly model?: string; readonly provider?: string }

/** A model call under way. What is not said here is taken from the work's result where that is a text, or has one in `text`. */
export type ModelCall = { readonly said: (answer: ModelAnswer) => void }

/** A model call: a span by the GenAI conventions which is the thought. */
export const think = async <T>(place: Place, work: (call: ModelCall) => T, { model, provider }: ModelOptions = {}): Promise<Awaited<T>> => {
  place.signal?.throwIfAborted()
  const attributes: Attributes = { 'gen_ai.operation.name': 'chat' }
  if (model !== undefined) attributes['gen_ai.request.model'] = model
  if (provider !== undefined) attributes['gen_ai.provider.name'] = provider
  const name = model === undefined ? 'chat' : `chat ${model}`
  const started = startStep(place, name, 'thought', attributes, SpanKind.CLIENT)
  const { span } = started
  let said: ModelAnswer = {}
  const call: ModelCall = {
    said: answer => {
      said = { ...said, ...answer }
    },
  }
  try {
    const result = await workIn(place, started, () => work(call))
    span.setAttributes(attributesOfAnswer({ ...answerFrom(result), ...said }))
    return result
  } catch (thrown) {
    recordFailure(span, thrown)
    // The step that has begun is this error: no thought came of it.
    span.setAttributes({ [ATTR_STEP_TYPE]: 'error', [ATTR_STEP_CONTENT]: errorContent(thrown) })
    throw thrown
  } finally {
    span.end()
  }
}
