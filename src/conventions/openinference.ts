import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { JsonObject } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import { type Convention, readSpansWith } from './convention.ts'
import { crewFrom } from './crewai.ts'
import { normalFinish } from './genai-usage.ts'
import { graphRole } from './langgraph.ts'
import { givenFrom, type Message } from './messages.ts'
import { errorWithin, isOfOpenAiAgents } from './openai-agents.ts'
import { answerFrom, indexedMessagesAt } from './openinference-messages.ts'
import { toolSaid } from './openinference-tool.ts'
import { answersFrom, questionsFrom } from './provider-output.ts'
import type { Role, RunFacts, Said, Usage } from './reading.ts'
import { saidByAgent, saidByOutput } from './said.ts'
import { amountAt, countAt, entry, filled, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const KIND = 'openinference.span.kind'

const roles: Readonly<Record<string, Role>> = { LLM: 'model', TOOL: 'tool', AGENT: 'agent' }

const consumed =
  /^(openinference\.span\.kind|input\.(value|mime_type)|output\.(value|mime_type)|llm\.(input|output)_messages\..*|llm\.token_count\..*|llm\.cost\.(prompt|completion|total)|llm\.(model_name|system|provider|finish_reason)|llm\.(request|response)\.model_name|tool\.(name|id)|session\.id|user\.id|graph\.node\.(id|name)|agent\.name|metadata)$/

/**
 * OpenInference (Arize, semantic conventions 2.x): flattened messages, the provider's answer in `output.value`. Tells of OpenAI
 * chat and Responses, LangChain and LangGraph, OpenAI Agents, smolagents, CrewAI and the Vercel AI SDK alike.
 */
export const openinference: Convention = {
  name: 'openinference',
  speaks: ({ attributes }: Item) => attributes.has(KIND),
  read: readSpansWith(span => saidOf(span), consumed),
}

// OPENINFERENCE_HIDE_…: the value is hidden, that there was one is not.
const hidden = '__REDACTED__'

const saidOf = (told: SpanItem): Said => {
  const attributes = new Map([...told.attributes].filter(([, value]) => value !== hidden))
  const said = saidBy({ ...told, attributes })
  const isHidden = attributes.size < told.attributes.size && (said.role === 'model' || said.role === 'tool')
  return { ...said, ...present({ error: errorWithin(told), captured: isHidden ? (false as const) : undefined }) }
}

const saidBy = (item: SpanItem): Said => {
  const { attributes } = item
  const metadata = metadataOf(attributes)
  const role = roleOf(item, metadata)
  const run = runOf(attributes, metadata)
  if (role === 'model') return { role, ...modelSaid(attributes), ...present({ run: filled(run), agent: agentIn(attributes, metadata) }) }
  if (role === 'tool') return { role, ...toolSaid(item), ...present({ run: filled(run) }) }
  if (role === 'agent') {
    const name = stringAt(attributes, 'agent.name', 'graph.node.name', 'graph.node.id') ?? textFrom(metadata['lc_agent_name'])
    // OpenAI Agents puts a workflow around its agents.
    const wraps = name === undefined && isOfOpenAiAgents(item)
    return { role, ...agentSaid(attributes, run), agent: { name: name ?? bareName(item.name), ...(wraps ? { wraps: true as const } : {}) } }
  }
  if (attributes.has('crew_key') && item.name.endsWith('.kickoff'))
    return { role: 'agent', ...agentSaid(attributes, run), ...present({ agent: crewFrom(bareName(item.name)) }) }
  // A chain is structure; the outermost one tells what the run was asked where nobody else does.
  return { role: 'other', ...chainSaid(attributes, run), ...present({ agent: agentIn(attributes, metadata) }) }
}

// LangGraph's agents are chains, and what has "agent" in its name need not be one.
const roleOf = ({ attributes, name, origin }: SpanItem, metadata: JsonObject): Role | undefined => {
  const role = entry(roles, stringAt(attributes, KIND)?.toUpperCase())
  // LlamaIndex tells as LLM what only prepares a call: `OpenAI._prepare_chat_with_tools`.
  if (role === 'model') return /\._\w+$/.test(name) ? undefined : role
  if (role === 'tool') return role
  const graph = graphRole(name, metadata, origin.scope.name.startsWith('openinference.'))
  return graph === 'graph' ? 'agent' : graph === 'part' ? undefined : role
}

const bareName = (name: string): string => name.replace(/^invoke_agent\s+/, '').replace(/\.(run|kickoff|_execute_core)$/, '') || name

const metadataOf = (attributes: Attributes): JsonObject => {
  const metadata = parsedFromValue(attributes.get('metadata'))
  return isObject(metadata) ? metadata : {}
}

const agentIn = (attributes: Attributes, metadata: JsonObject): Said['agent'] =>
  agentFrom(undefined, stringAt(attributes, 'agent.name') ?? textFrom(metadata['lc_agent_name']))

// What frameworks write for themselves.
const internal = /^(langgraph_|checkpoint_|ls_|lc_|__pregel|versions$|thread_id$|user_id$)/

const runOf = (attributes: Attributes, metadata: JsonObject): RunFacts => {
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !internal.test(key)))
  return present({
    sessionId: stringAt(attributes, 'session.id') ?? textFrom(metadata['thread_id']) ?? textFrom(metadata['session_id']),
    userId: stringAt(attributes, 'user.id') ?? textFrom(metadata['user_id']),
    metadata: filled(own),
  })
}

const agentSaid = (attributes: Attributes, run: RunFacts): Said =>
  saidByAgent(questionsOf(attributes), answersFrom(parsedFromValue(attributes.get('output.value'))), run)

const questionsOf = (attributes: Attributes): readonly Message[] => {
  const input = parsedFromValue(attributes.get('input.value'))
  const task = member(input, 'task') ?? member(input, 'query') ?? member(input, 'question')
  return questionsFrom(typeof task === 'string' && task !== '' ? task : input)
}

const chainSaid = (attributes: Attributes, run: RunFacts): Said => {
  const { input } = givenFrom(questionsOf(attributes))
  const output = answersFrom(parsedFromValue(attributes.get('output.value'))).findLast(m => m.text !== undefined)?.text
  return present({ run: filled({ ...run, ...present({ taskInput: input, output }) }) })
}

// smolagents asks for plans with a prompt of its own; most providers cut the mark off that should end them.
const planner = /^You are a world expert at analyzing a situation/

const modelSaid = (attributes: Attributes): Said => {
  const flat = indexedMessagesAt(attributes, 'llm.output_messages', 'assistant')
  const sent = parsedFromValue(attributes.get('output.value'))
  const raw = answersFrom(sent)
  const legacy = stringAt(attributes, 'llm.choices.0.completion.text')
  const answer = flat.length + raw.length > 0 ? answerFrom(flat, raw) : legacy === undefined ? [] : answersFrom(legacy)
  const said = saidByOutput(answer)
  const asked = inputOf(attributes)
  const usage = { ...said.usage, ...usageOf(attributes), ...present({ responseId: textFrom(member(sent, 'id')) }) }
  const isPlan = said.text?.trimEnd().endsWith('<end_plan>') === true || asked.some(m => planner.test(m.text ?? ''))
  return {
    ...said,
    ...present({
      usage: filled(usage),
      given: asked.length === 0 ? undefined : givenFrom(asked),
      captured: answer.length + asked.length === 0 ? (false as const) : undefined,
      plan: isPlan ? ({ items: [], mode: 'replace' } as const) : undefined,
    }),
  }
}

// Flattening loses the ids of LangChain's tool messages, and that a result of Anthropic's is an error; the request itself has both.
const inputOf = (attributes: Attributes): readonly Message[] => {
  const flat = indexedMessagesAt(attributes, 'llm.input_messages', 'user')
  if (flat.length > 0 && flat.every(m => m.results.length === 0)) return flat
  const raw = questionsFrom(parsedFromValue(attributes.get('input.value')))
  if (flat.length > 0 && flat.every(m => m.results.every(r => r.callId !== undefined))) return withFailures(flat, raw)
  const resultsOf = (messages: readonly Message[]): number => messages.reduce((n, m) => n + m.results.length, 0)
  return resultsOf(raw) >= resultsOf(flat) && raw.length > 0 ? raw : flat
}

const withFailures = (flat: readonly Message[], raw: readonly Message[]): readonly Message[] => {
  const failed = new Set(raw.flatMap(m => m.results.flatMap(r => (r.isError ? (r.callId ?? []) : []))))
  if (failed.size === 0) return flat
  const marked = (results: Message['results']) => results.map(r => (failed.has(r.callId ?? '') ? { ...r, isError: true } : r))
  return flat.map(m => ({ ...m, results: marked(m.results) }))
}

const usageOf = (attributes: Attributes): Usage => {
  const response = stringAt(attributes, 'llm.response.model_name')
  const model = stringAt(attributes, 'llm.model_name')
  return present({
    provider: stringAt(attributes, 'llm.provider', 'llm.system'),
    requestModel: stringAt(attributes, 'llm.request.model_name') ?? (response === undefined ? undefined : model),
    responseModel: response ?? model,
    inputTokens: countAt(attributes, 'llm.token_count.prompt'),
    outputTokens: countAt(attributes, 'llm.token_count.completion'),
    cachedTokens: countAt(attributes, 'llm.token_count.prompt_details.cache_read'),
    cacheWriteTokens: countAt(attributes, 'llm.token_count.prompt_details.cache_write'),
    reasoningTokens: countAt(attributes, 'llm.token_count.completion_details.reasoning'),
    cost: amountAt(attributes, 'llm.cost.total'),
    finish: normalFinish(stringAt(attributes, 'llm.finish_reason')),
  })
}
