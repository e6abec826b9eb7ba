import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import { type Convention, readSpansWith } from './convention.ts'
import { idFrom } from './message-parts.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import type { Said, Usage } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { filled, isArray, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const consumed =
  /^haystack\.(agent\.(input|output)|agent\.step\.(llm|tool)\.(input|output)|tool\.(name|error)|component\.(name|type|input|output))$/

/** Haystack's own tracing: pipelines, components, agents and their steps. Content is there with HAYSTACK_CONTENT_TRACING_ENABLED alone. */
export const haystack: Convention = {
  name: 'haystack',
  speaks: (item: Item) => item.kind === 'span' && item.name.startsWith('haystack.'),
  read: readSpansWith(span => saidOf(span), consumed),
}

const saidOf = (item: SpanItem): Said => {
  const { attributes, name } = item
  if (name === 'haystack.agent.run') return agentSaid(attributes)
  if (name === 'haystack.agent.step.llm') return modelSaid(attributes, 'haystack.agent.step.llm.input', 'haystack.agent.step.llm.output')
  if (name === 'haystack.agent.step.tool') return toolSaid(attributes)
  if (name === 'haystack.component.run') return componentSaid(attributes)
  return { role: 'other' }
}

// Messages are {role, content: [{text}, {tool_call: {…}}, {tool_call_result: {…}}, {reasoning: {…}}], meta}.
const chatMessages = (json: Json | undefined, role: string): readonly Message[] =>
  messagesFrom(isArray(json) ? json.map(plainMessage) : json === undefined || json === null ? [] : [plainMessage(json)], role)

const plainMessage = (json: Json): Json => {
  if (!isObject(json)) return json
  const content = json['content'] ?? json['_content']
  const finish = member(json['meta'] ?? json['_meta'], 'finish_reason')
  return {
    role: json['role'] ?? json['_role'] ?? null,
    content: isArray(content) ? content.map(plainPart) : (content ?? null),
    ...(finish === undefined || finish === null ? {} : { finish_reason: finish }),
  }
}

const plainPart = (part: Json): Json => {
  const call = member(part, 'tool_call')
  if (isObject(call))
    return { type: 'tool_call', id: call['id'] ?? null, name: call['tool_name'] ?? null, arguments: call['arguments'] ?? null }
  const result = member(part, 'tool_call_result')
  if (!isObject(result)) return part
  const origin = result['origin']
  return {
    type: 'tool_result',
    id: member(origin, 'id') ?? null,
    name: member(origin, 'tool_name') ?? null,
    result: result['result'] ?? null,
    is_error: result['error'] === true,
  }
}

const agentSaid = (attributes: Attributes): Said => {
  const input = parsedFromValue(attributes.get('haystack.agent.input'))
  const output = parsedFromValue(attributes.get('haystack.agent.output'))
  return {
    role: 'agent',
    ...saidByAgent(
      chatMessages(member(input, 'messages') ?? input, 'user'),
      chatMessages(member(output, 'messages') ?? output, 'assistant'),
    ),
  }
}

const modelSaid = (attributes: Attributes, inputKey: string, outputKey: string): Said => {
  const input = parsedFromValue(attributes.get(inputKey))
  const output = parsedFromValue(attributes.get(outputKey))
  const replies = member(output, 'replies')
  const answer = chatMessages(replies, 'assistant')
  const asked = chatMessages(member(input, 'messages') ?? undefined, 'user')
  const said = saidByOutput(answer)
  const usage = { ...said.usage, ...usageOf(isArray(replies) ? replies[0] : undefined) }
  return {
    role: 'model',
    ...said,
    ...present({
      usage: filled(usage),
      given: asked.length === 0 ? undefined : givenFrom(asked),
      captured: answer.length + asked.length === 0 ? (false as const) : undefined,
    }),
  }
}

const usageOf = (reply: Json | undefined): Usage => {
  const meta = member(reply, 'meta') ?? member(reply, '_meta')
  const usage = member(meta, 'usage')
  const count = (...keys: readonly string[]): number | undefined =>
    keys.map(key => member(usage, key)).find((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0)
  return present({
    responseModel: textFrom(member(meta, 'model')),
    responseId: textFrom(member(meta, 'response_id') ?? member(meta, 'id')),
    inputTokens: count('prompt_tokens', 'input_tokens'),
    outputTokens: count('completion_tokens', 'output_tokens'),
  })
}

const toolSaid = (attributes: Attributes): Said => {
  const [input, output] = ['input', 'output'].map(key => attributes.get(`haystack.agent.step.tool.${key}`))
  const args = input === undefined ? undefined : parsedFromValue(input)
  const call = callFacts(
    stringAt(attributes, 'haystack.tool.name') ?? 'tool',
    idFrom(parsedFromValue(attributes.get('haystack.tool.id'))),
    args,
    output === undefined ? undefined : parsedFromValue(output),
  )
  const failed = attributes.get('haystack.tool.error') === true ? ({ isError: true } as const) : {}
  return {
    role: 'tool',
    call: { ...call, ...failed },
    ...(input === undefined && output === undefined ? { captured: false as const } : {}),
  }
}

const generator = /(Chat)?Generator$/

const componentSaid = (attributes: Attributes): Said => {
  const type = stringAt(attributes, 'haystack.component.type') ?? ''
  if (type === 'Agent')
    return { role: 'other', ...present({ agent: agentFrom(undefined, stringAt(attributes, 'haystack.component.name')) }) }
  return generator.test(type) ? modelSaid(attributes, 'haystack.component.input', 'haystack.component.output') : { role: 'other' }
}
