import { type Attributes, SpanStatusCode } from '@opentelemetry/api'
import { ATTR_AGENT_ID, ATTR_AGENT_NAME, ATTR_STEP_CONTENT } from '../semconv.ts'
import { type ArtifactReport, addArtifact } from './artifact.ts'
import { errorContent, failureFrom, recordFailure } from './failure.ts'
import { jsonText } from './json-text.ts'
import { contextWithin, scopeOf, withRunInBaggage } from './scope.ts'
import { type Place, startSpan, startStep, workIn } from './step-span.ts'
import { type ModelCall, type ModelOptions, think } from './thinking.ts'
import { callTool } from './tool-call.ts'

export type PlanItem = string | { readonly id?: string; readonly title: string; readonly status?: PlanStatus }
export type PlanStatus = 'pending' | 'in_progress' | 'completed' | 'cancelled'

/** What an agent does, step by step. Steps belong to the step or agent whose work they are called in. */
export type Steps = {
  readonly thought: (text: string, options?: { readonly reasoning?: string }) => void
  /** A model call, and what it thought. Rejects with what `work` throws, which is an error of the run. */
  readonly thinking: <T>(work: (call: ModelCall) => T, options?: ModelOptions) => Promise<Awaited<T>>
  /** A tool call and its result. Rejects with what `work` throws: the result is an error then. `callId`: the model's own id of the call. */
  readonly tool: <A, T>(name: string, args: A, work: (args: A) => T, options?: { readonly callId?: string }) => Promise<Awaited<T>>
  /** The whole plan as it stands now. */
  readonly plan: (items: readonly PlanItem[], options?: { readonly explanation?: string }) => void
  readonly error: (thrown: unknown, options?: { readonly code?: string }) => void
  /** Reports an artifact of the step this is called in. Await it: the digest of a large content takes a moment. */
  readonly artifact: (artifact: ArtifactReport) => Promise<void>
  /** The work of an agent below this one, with steps of its own. */
  readonly agent: <T>(name: string, work: (agent: Steps) => T) => Promise<Awaited<T>>
}

/** The steps of the agent at `place`. */
export const stepsAt = (place: Place): Steps => ({
  thought: (text, { reasoning } = {}) =>
    tell(place, 'thought', 'thought', { [ATTR_STEP_CONTENT]: jsonText({ text, ...(reasoning === undefined ? {} : { reasoning }) }) }),
  thinking: (work, options) => think(place, work, options),
  tool: (name, args, work, options) => callTool(place, name, args, work, options?.callId),
  plan: (items, options) =>
    tell(place, `plan ${place.agentName}`, 'plan_update', {
      'gen_ai.operation.name': 'plan',
      [ATTR_STEP_CONTENT]: jsonText({ items: items.map(planItem), ...options }),
    }),
  error: (thrown, options) => tellError(place, thrown, options?.code),
  artifact: artifact => reportArtifact(place, artifact),
  agent: (name, work) => runAgent(place, name, work),
})

const planItem = (item: PlanItem) => (typeof item === 'string' ? { title: item, status: 'pending' } : { status: 'pending', ...item })

const tell = (place: Place, name: string, type: string, attributes: Attributes): void => startStep(place, name, type, attributes).span.end()

const tellError = (place: Place, thrown: unknown, code: string | undefined): void => {
  const failure = failureFrom(thrown)
  const { span } = startStep(place, 'error', 'error', { [ATTR_STEP_CONTENT]: errorContent(thrown, code) })
  span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message })
  span.end()
}

const reportArtifact = (place: Place, artifact: ArtifactReport): Promise<void> => {
  const scope = scopeOf(contextWithin(place.scope, place.context)) ?? place.scope
  const added = addArtifact(scope.span, artifact)
  if (added !== undefined) scope.pending.push(added)
  return added ?? Promise.resolve()
}

const runAgent = async <T>(place: Place, name: string, work: (agent: Steps) => T): Promise<Awaited<T>> => {
  place.signal?.throwIfAborted()
  const started = startSpan(place, `invoke_agent ${name}`, {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': name,
    [ATTR_AGENT_ID]: name,
    [ATTR_AGENT_NAME]: name,
  })
  const { span } = started
  const around = withRunInBaggage(started.around, place.scope.run.id, name)
  try {
    return await workIn(place, { span, around }, here => work(stepsAt({ ...place, ...here, agentName: name })), name)
  } catch (thrown) {
    recordFailure(span, thrown)
    throw thrown
  } finally {
    span.end()
  }
}
