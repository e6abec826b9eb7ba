import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { type Convention, readSpansWith } from './convention.ts'
import { toolMessageIn, toolMessageOutput } from './langchain-message.ts'
import { givenFrom } from './messages.ts'
import { answersFrom, questionsFrom } from './provider-output.ts'
import type { Role, RunFacts, Said, Usage } from './reading.ts'
import { callFacts } from './said.ts'
import { countAt, entry, filled, isArray, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const KIND = 'traceloop.span.kind'
const REQUEST = 'llm.request.type'
const PROPERTIES = 'traceloop.association.properties'

const roles: Readonly<Record<string, Role>> = { workflow: 'agent', agent: 'agent', tool: 'tool', task: 'other', unknown: 'other' }
const requests: Readonly<Record<string, Role>> = { chat: 'model', completion: 'model' }

const consumed =
  /^(traceloop\.(span\.kind|entity\.(name|input|output))|llm\.request\.type|llm\.usage\.total_tokens|llm\.headers|traceloop\.association\.properties\.(session_id|sessionId|thread_id|threadId|conversation_id|user_id|userId))$/

/** OpenLLMetry (Traceloop), Python and JS: entities with their input and output; model calls of the indexed versions (their messages: genai-legacy). */
export const traceloop: Convention = {
  name: 'traceloop',
  speaks: ({ attributes }: Item) => attributes.has(KIND) || attributes.has(REQUEST),
  read: readSpansWith(span => saidOf(span), consumed),
}

const saidOf = (item: SpanItem): Said => {
  const { attributes } = item
  const kind = stringAt(attributes, KIND)
  const role = entry(roles, kind) ?? entry(requests, stringAt(attributes, REQUEST))
  const run = runOf(attributes)
  const known = present({ run: filled(run) })
  if (role === 'tool') return { role, ...known, ...toolSaid(item) }
  if (role === 'agent') return { role, ...agentSaid(item, run) }
  if (role === 'model') return { role, ...known, usage: usageOf(attributes) }
  return { ...known, ...present({ role }) }
}

const runOf = (attributes: Attributes): RunFacts =>
  present({
    sessionId: stringAt(
      attributes,
      ...['session_id', 'sessionId', 'thread_id', 'threadId', 'conversation_id'].map(name => `${PROPERTIES}.${name}`),
    ),
    userId: stringAt(attributes, `${PROPERTIES}.user_id`, `${PROPERTIES}.userId`),
  })

const usageOf = (attributes: Attributes): Usage =>
  present({
    inputTokens: countAt(attributes, 'llm.usage.prompt_tokens'),
    outputTokens: countAt(attributes, 'llm.usage.completion_tokens'),
    requestModel: stringAt(attributes, 'llm.request.model'),
    responseModel: stringAt(attributes, 'llm.response.model'),
  })

// JS: {args: [one], kwargs: {}}; Python: {args, kwargs}; LangChain there: {inputs, tags, metadata, kwargs}.
const unwrapped = (input: Json): Json => {
  const [args, kwargs, inputs] = ['args', 'kwargs', 'inputs'].map(key => member(input, key))
  if (inputs !== undefined) return inputs
  if (!isArray(args)) return input
  if (isObject(kwargs) && Object.keys(kwargs).length > 0) return args.length === 0 ? kwargs : { ...kwargs, args }
  return args.length === 1 ? (args[0] ?? null) : args.length === 0 ? {} : { args }
}

const entityName = ({ attributes, name }: SpanItem): string =>
  stringAt(attributes, 'traceloop.entity.name') ?? name.replace(/\.(workflow|agent|task|tool)$/, '')

const toolSaid = (item: SpanItem): Said => {
  const { attributes } = item
  const sent = parsedFromValue(attributes.get('traceloop.entity.output'))
  const message = toolMessageIn(sent)
  const call = callFacts(
    stringAt(attributes, 'gen_ai.tool.name') ?? entityName(item),
    stringAt(attributes, 'gen_ai.tool.call.id') ?? textFrom(message?.['tool_call_id']),
    attributes.has('traceloop.entity.input') ? unwrapped(parsedFromValue(attributes.get('traceloop.entity.input'))) : undefined,
    attributes.has('traceloop.entity.output') ? (message === undefined ? sent : toolMessageOutput(message)) : undefined,
  )
  const isCaptured = attributes.has('traceloop.entity.input') || attributes.has('traceloop.entity.output')
  return { call, ...(isCaptured ? {} : { captured: false as const }) }
}

const agentSaid = (item: SpanItem, run: RunFacts): Said => {
  const { attributes } = item
  const asked = unwrapped(parsedFromValue(attributes.get('traceloop.entity.input')))
  const isText = typeof asked === 'string' && asked !== ''
  const taskInput = isText ? { input: asked } : (givenFrom(questionsFrom(asked)).input ?? (isFilled(asked) ? { input: asked } : undefined))
  const output = answersFrom(parsedFromValue(attributes.get('traceloop.entity.output'))).findLast(m => m.text !== undefined)?.text
  const facts = { ...run, ...present({ taskInput, output }) }
  const wraps = stringAt(attributes, KIND) === 'workflow' ? ({ wraps: true } as const) : {}
  const agent = { name: stringAt(attributes, 'gen_ai.agent.name') ?? entityName(item), ...wraps }
  return { agent, ...present({ run: filled(facts) }) }
}

const isFilled = (json: Json): boolean => json !== null && json !== '' && !(isObject(json) && Object.keys(json).length === 0)
