import type { Attributes, Item } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import type { Convention } from './convention.ts'
import { callPart, idFrom } from './message-parts.ts'
import { givenFrom, messagesFrom } from './messages.ts'
import type { CallPart, Role, RunFacts, Said } from './reading.ts'
import { callFacts, saidByAgent } from './said.ts'
import { entry, filled, isArray, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const TYPE = 'mastra.span.type'

/** The innermost of generation, step and inference stands for a model call; which of them there are depends on the version. */
const roles: Readonly<Record<string, Role>> = {
  agent_run: 'agent',
  workflow_run: 'agent',
  model_generation: 'model',
  llm_generation: 'model',
  model_step: 'model',
  llm_step: 'model',
  model_inference: 'model',
  model_chunk: 'detail',
  llm_chunk: 'detail',
  tool_call: 'tool',
  mcp_tool_call: 'tool',
}

/** Mastra's own spans, beside the GenAI attributes its exporter writes: what streamed, the loop and its steps, metadata. */
export const mastra: Convention = {
  name: 'mastra',
  speaks: ({ attributes }) => attributes.has(TYPE),
  read: item => ({ said: saidOf(item), consumed: consumedOf(item) }),
}

const consumedOf = ({ attributes }: Item): readonly string[] => {
  const type = stringAt(attributes, TYPE) ?? ''
  return [TYPE, `mastra.${type}.input`, `mastra.${type}.output`]
}

const saidOf = ({ attributes }: Item): Said => {
  const type = stringAt(attributes, TYPE) ?? ''
  const role = entry(roles, type) ?? 'other'
  const value = (side: 'input' | 'output'): Json | undefined => {
    const key = `mastra.${type}.${side}`
    return attributes.has(key) ? parsedFromValue(attributes.get(key)) : undefined
  }
  const run = runOf(attributes)
  const base: Said = { role, ...present({ run: filled(run) }) }
  return { ...base, ...byRole(role, attributes, value('input'), value('output'), run) }
}

const byRole = (role: Role, attributes: Attributes, input: Json | undefined, output: Json | undefined, run: RunFacts): Said => {
  if (role === 'agent') return agentSaid(input, output, run)
  if (role === 'detail') return chunkSaid(output)
  if (role === 'model') return modelSaid(input, output)
  if (role !== 'tool') return {}
  const name = stringAt(attributes, 'gen_ai.tool.name', 'mastra.tool_call.name')
  return name === undefined && input === undefined && output === undefined
    ? {}
    : { call: callFacts(name ?? 'tool', stringAt(attributes, 'gen_ai.tool.call.id'), input, output) }
}

const runOf = (attributes: Attributes): RunFacts => {
  const runId = stringAt(attributes, 'mastra.metadata.runId')
  return present({
    sessionId: stringAt(attributes, 'mastra.metadata.threadId', 'mastra.metadata.sessionId'),
    userId: stringAt(attributes, 'mastra.metadata.userId', 'mastra.metadata.resourceId'),
    metadata: runId === undefined ? undefined : { 'mastra.runId': runId },
  })
}

const agentSaid = (input: Json | undefined, output: Json | undefined, run: RunFacts): Said => {
  const asked = messagesFrom(input, 'user')
  const answer = textFrom(output) ?? textFrom(member(output, 'text'))
  // A workflow is given whatever its first step takes: no messages.
  const isConversation = typeof input === 'string' || asked.some(m => m.text !== undefined || m.results.length > 0)
  const said = saidByAgent(isConversation ? asked : [], [], { ...run, ...present({ output: answer }) })
  return isConversation || input === undefined ? said : { ...said, run: { ...said.run, taskInput: input } }
}

const chunkSaid = (output: Json | undefined): Said => {
  const calls = callsFrom([output ?? null])
  return present({ fragment: textFrom(member(output, 'text')), calls: calls.length === 0 ? undefined : calls })
}

const modelSaid = (input: Json | undefined, output: Json | undefined): Said => {
  const calls = callsFrom(listed(member(output, 'toolCalls')))
  // The history of its input repeats results as mere marks.
  const given = input === undefined ? undefined : { ...givenFrom(messagesFrom(input, 'user')), results: [] }
  return present({
    text: textFrom(member(output, 'text')),
    reasoning: textFrom(member(output, 'reasoningText')) ?? textFrom(member(output, 'reasoning')),
    calls: calls.length === 0 ? undefined : calls,
    given,
  })
}

const listed = (json: Json | undefined): readonly Json[] => (isArray(json) ? json : [])

const callsFrom = (list: readonly Json[]): readonly CallPart[] =>
  list.flatMap(json => {
    const call = isObject(json) && isObject(json['payload']) ? json['payload'] : json
    const name = textFrom(member(call, 'toolName'))
    const args = member(call, 'args') ?? member(call, 'toolInput') ?? member(call, 'input')
    return name === undefined ? [] : [callPart(name, idFrom(member(call, 'toolCallId')), args)]
  })
