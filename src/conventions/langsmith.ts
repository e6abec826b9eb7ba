import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import { type Convention, readSpansWith } from './convention.ts'
import { toolMessageIn, toolMessageOutput } from './langchain-message.ts'
import { graphMetadata, graphRole } from './langgraph.ts'
import { givenFrom, type Message } from './messages.ts'
import { answersFrom, questionsFrom } from './provider-output.ts'
import type { RunFacts, Said, Usage } from './reading.ts'
import { callFacts, saidByOutput } from './said.ts'
import { filled, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const KIND = 'langsmith.span.kind'
const META = 'langsmith.metadata'

const consumed =
  /^(langsmith\.(span\.kind|trace\.name|is_root)|gen_ai\.(prompt|completion|serialized\.name)|langsmith\.metadata\.(session_id|thread_id|conversation_id|user_id|usage_metadata|ls_.*|LANGSMITH_.*|LANGCHAIN_.*))$/

/** LangSmith's OpenTelemetry export: inputs and outputs as JSON, in bytes from Python, in text from JS. */
export const langsmith: Convention = {
  name: 'langsmith',
  speaks: ({ attributes }: Item) => attributes.has(KIND),
  read: readSpansWith(span => saidOf(span), consumed),
}

const saidOf = (item: SpanItem): Said => {
  const { attributes } = item
  const kind = stringAt(attributes, KIND)
  const run = runOf(attributes)
  if (kind === 'llm') return { role: 'model', ...modelSaid(attributes), ...present({ run: filled(run) }) }
  if (kind === 'tool') return { role: 'tool', ...toolSaid(item), ...present({ run: filled(run) }) }
  return { role: graphRole(item.name, graphMetadata(attributes, META), true) === 'graph' ? 'agent' : 'other', ...chainSaid(item, run) }
}

const inputs = (attributes: Attributes): Json => parsedFromValue(attributes.get('gen_ai.prompt'))
const outputs = (attributes: Attributes): Json => parsedFromValue(attributes.get('gen_ai.completion'))

const runOf = (attributes: Attributes): RunFacts =>
  present({
    sessionId: stringAt(attributes, `${META}.session_id`, `${META}.thread_id`, `${META}.conversation_id`),
    userId: stringAt(attributes, `${META}.user_id`),
  })

const modelSaid = (attributes: Attributes): Said => {
  const answer = answersFrom(outputs(attributes))
  const asked = questionsFrom(inputs(attributes))
  const said = saidByOutput(answer)
  const usage = { ...said.usage, ...usageOf(attributes) }
  return {
    ...said,
    ...present({
      usage: filled(usage),
      given: asked.length === 0 ? undefined : givenFrom(asked),
      captured: answer.length + asked.length === 0 ? (false as const) : undefined,
    }),
  }
}

const usageOf = (attributes: Attributes): Usage => {
  const usage = parsedFromValue(attributes.get(`${META}.usage_metadata`))
  const count = (...path: readonly string[]): number | undefined => {
    const found = path.reduce<Json | undefined>((at, key) => member(at, key), usage)
    return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : undefined
  }
  return present({
    provider: stringAt(attributes, `${META}.ls_provider`),
    requestModel: stringAt(attributes, `${META}.ls_model_name`),
    inputTokens: count('input_tokens'),
    outputTokens: count('output_tokens'),
    cachedTokens: count('input_token_details', 'cache_read'),
    cacheWriteTokens: count('input_token_details', 'cache_creation'),
    reasoningTokens: count('output_token_details', 'reasoning'),
  })
}

const toolSaid = (item: SpanItem): Said => {
  const { attributes, name } = item
  const sent = outputs(attributes)
  const message = toolMessageIn(sent)
  const args = inputs(attributes)
  const call = callFacts(
    stringAt(attributes, 'gen_ai.tool.name') ?? name,
    stringAt(attributes, 'gen_ai.tool.call.id') ?? textFrom(message?.['tool_call_id']),
    attributes.has('gen_ai.prompt') ? onlyMember(args, 'input') : undefined,
    message === undefined ? outputOf(item, sent) : toolMessageOutput(message),
  )
  const isCaptured = attributes.has('gen_ai.prompt') || attributes.has('gen_ai.completion')
  return {
    call: { ...call, ...(message?.['status'] === 'error' ? { isError: true } : {}) },
    ...(isCaptured ? {} : { captured: false as const }),
  }
}

// A tool that threw has an output all the same: null, or {}.
const outputOf = ({ attributes, events }: SpanItem, sent: Json): Json | undefined => {
  const output = onlyMember(sent, 'output')
  const threw = events.some(event => event.name === 'exception')
  const isEmpty = output === null || (isObject(output) && Object.keys(output).length === 0)
  return !attributes.has('gen_ai.completion') || (threw && isEmpty) ? undefined : output
}

// What is no record by itself is put under one name.
const onlyMember = (json: Json, key: string): Json => {
  const inner = member(json, key)
  return isObject(json) && Object.keys(json).length === 1 && inner !== undefined && (key === 'output' || isObject(inner)) ? inner : json
}

const questionNames = ['question', 'input', 'query', 'prompt', 'text', 'task'] as const

const chainSaid = ({ attributes, name }: SpanItem, run: RunFacts): Said => {
  const asked = inputs(attributes)
  const text = questionNames.map(key => textFrom(member(asked, key))).find(found => found !== undefined)
  const taskInput = text === undefined ? givenFrom(questionsFrom(asked)).input : { input: text }
  const answered = outputs(attributes)
  const said = answersFrom(answered)
    .map((m: Message) => m.text)
    .findLast(found => found !== undefined)
  const output = said ?? textFrom(member(answered, 'answer')) ?? textFrom(member(answered, 'output'))
  return present({
    // Its outermost chain is the agent: `traceable` names it.
    agent: agentFrom(undefined, stringAt(attributes, 'langsmith.trace.name') ?? name),
    run: filled({ ...run, ...present({ taskInput: taskInput ?? undefined, output }) }),
  })
}
