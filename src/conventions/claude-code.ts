import type { Attributes, Item, LogItem, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import type { Convention } from './convention.ts'
import { normalFinish } from './genai-usage.ts'
import type { CallFacts, Role, Said, Usage } from './reading.ts'
import { callFacts } from './said.ts'
import { amountAt, countAt, entry, filled, isObject, jsonFromValue, parsedFromValue, present, stringAt } from './value.ts'

const SCOPE = 'com.anthropic.claude_code'
const OUTPUT_EVENT = 'tool.output'

/**
 * Claude Code. Its spans hold the structure and what tools answered, its logs what was asked, said and spent; either may be off.
 * A prompt is a run: logs name it, and the trace of one of them is the run's.
 */
export const claudeCode: Convention = {
  name: 'claude-code',
  speaks: ({ origin }) => origin.scope.name.startsWith(SCOPE),
  read: item => {
    const said = item.kind === 'span' ? saidBySpan(item) : saidByLog(item)
    return { said: { ...common(item), ...said }, consumed }
  },
}

const consumed = [
  'span.type',
  'event.name',
  'event.sequence',
  'event.timestamp',
  'session.id',
  'prompt.id',
  'user.id',
  'prompt',
  'prompt_text',
  'user_prompt',
  'response',
  'model',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'cost_usd',
  'cost_usd_micros',
  'stop_reason',
  'tool_name',
  'tool_name_safe',
  'tool_use_id',
  'tool_input',
  'full_command',
  'success',
  'duration_ms',
  'agent_id',
  `event:${OUTPUT_EVENT}`,
] as const

const common = (item: Item): Said => {
  const { attributes } = item
  const session = stringAt(attributes, 'session.id')
  const key = stringAt(attributes, 'prompt.id')
  const ordinal = item.kind === 'log' ? countAt(attributes, 'event.sequence') : undefined
  return present({
    ordinal,
    agent: subagentOf(attributes),
    episode: session === undefined ? undefined : { conversation: session, ...present({ key }) },
    // A sub-agent's spans call its own id the conversation.
    run: session === undefined ? undefined : { sessionId: session, ...present({ userId: stringAt(attributes, 'user.id') }) },
  })
}

// `agent:builtin:general-purpose` in logs, with dots on spans.
const subagentOf = (attributes: Attributes): Said['agent'] => {
  const id = stringAt(attributes, 'agent_id')
  if (id === undefined) return undefined
  const source = /^agent[.:](?:[^.:]+[.:])?(.+)$/.exec(stringAt(attributes, 'query_source', 'query_source_safe') ?? '')?.[1]
  return { id, nested: true, ...present({ name: stringAt(attributes, 'agent.name', 'agent_type') ?? source }) }
}

const isRedacted = (text: string | undefined): boolean => text === '<REDACTED>' || text === '[REDACTED]'

/** A text that was sent as such: none where the agent put a mark in its place. */
export const spokenAt = (attributes: Attributes, ...keys: readonly string[]): string | undefined => {
  const text = stringAt(attributes, ...keys)
  return isRedacted(text) ? undefined : text
}

const roles: Readonly<Record<string, Role>> = { interaction: 'agent', llm_request: 'model', tool: 'tool', 'tool.execution': 'detail' }

const saidBySpan = (item: SpanItem): Said => {
  const { attributes, origin } = item
  const role = entry(roles, stringAt(attributes, 'span.type')) ?? 'other'
  if (role === 'agent') {
    const prompt = spokenAt(attributes, 'user_prompt')
    const run = common(item).run ?? {}
    return {
      role,
      agent: { name: stringAt(origin.resource, 'service.name') ?? 'claude-code' },
      run: { ...run, ...(prompt === undefined ? {} : { taskInput: { input: prompt } }) },
    }
  }
  if (role === 'model') return { role, captured: false, usage: usageOf(attributes), ...errorOf(attributes) }
  if (role === 'tool') return toolSaid(item)
  return role === 'detail' && attributes.get('success') === false ? { role, call: { isError: true } } : { role }
}

const usageOf = (attributes: Attributes): Usage => ({
  provider: 'anthropic',
  ...present({
    requestModel: stringAt(attributes, 'model'),
    finish: normalFinish(stringAt(attributes, 'stop_reason')),
    inputTokens: countAt(attributes, 'input_tokens'),
    outputTokens: countAt(attributes, 'output_tokens'),
    cachedTokens: countAt(attributes, 'cache_read_tokens'),
    cacheWriteTokens: countAt(attributes, 'cache_creation_tokens'),
    cost: amountAt(attributes, 'cost_usd'),
  }),
})

const errorOf = (attributes: Attributes): Pick<Said, 'error'> => {
  const message = stringAt(attributes, 'error', 'error_message', 'error.message')
  const code = jsonFromValue(attributes.get('status_code') ?? attributes.get('error_type') ?? attributes.get('error.type'))
  return message === undefined ? {} : { error: { message, ...(code === null || code === '' ? {} : { code: String(code) }) } }
}

// What a tool answered stands in an event: text of its own, or the fields of its result.
const toolSaid = ({ attributes, events }: SpanItem): Said => {
  const name = stringAt(attributes, 'tool_name', 'gen_ai.tool.name') ?? 'tool'
  const told = events.find(event => event.name === OUTPUT_EVENT)?.attributes
  const fields = told === undefined ? undefined : jsonFromValue(told)
  const output = told?.has('output') ? parsedFromValue(told.get('output')) : fields
  const facts = callFacts(name, stringAt(attributes, 'tool_use_id', 'gen_ai.tool.call.id'), undefined, output)
  const outline = outlineOf(attributes, told)
  const files = callFacts(name, undefined, outline, undefined).files
  return {
    role: 'tool',
    call: { ...facts, ...present({ outline, files: files ?? facts.files }) },
    ...(output === undefined ? { captured: false } : {}),
  }
}

// A summary of the arguments: the whole of them stands in a log, where tool details are sent.
const outlineOf = (attributes: Attributes, told: Attributes | undefined): Json | undefined => {
  const outline = present({
    command: stringAt(attributes, 'full_command'),
    file_path: stringAt(attributes, 'file_path'),
    subagent_type: stringAt(attributes, 'subagent_type'),
    content: attributes.has('file_path') && told !== undefined ? stringAt(told, 'content') : undefined,
  })
  return filled(outline)
}

const saidByLog = (item: LogItem): Said => {
  const { attributes } = item
  const name = item.eventName.replace(/^claude_code\./, '')
  if (name === 'user_prompt') return promptSaid(item)
  if (name === 'assistant_response') return { about: 'model', beside: true, ...textSaid(attributes) }
  if (name === 'api_request') return { about: 'model', beside: true, captured: false, usage: usageOf(attributes), ...beganOf(item) }
  if (name === 'api_error')
    return { about: 'model', beside: true, captured: false, usage: usageOf(attributes), ...errorOf(attributes), ...beganOf(item) }
  if (name === 'tool_decision') return { about: 'call', call: decisionOf(attributes) }
  return name === 'tool_result' ? { about: 'call', call: resultOf(attributes), ...errorOf(attributes), ...beganOf(item) } : {}
}

const promptSaid = (item: LogItem): Said => {
  const { episode, run } = common(item)
  const prompt = spokenAt(item.attributes, 'prompt', 'prompt_text')
  return {
    ...(episode === undefined ? {} : { episode: { ...episode, opens: true } }),
    run: { ...run, ...(prompt === undefined ? {} : { taskInput: { input: prompt } }) },
  }
}

const textSaid = (attributes: Attributes): Said => {
  const text = spokenAt(attributes, 'response')
  const model = stringAt(attributes, 'model')
  return {
    ...(text === undefined ? { captured: false } : { text }),
    ...present({ usage: model === undefined ? undefined : { requestModel: model } }),
  }
}

/** When what a log tells at its end began: the log's time less the duration it names. */
export const beganOf = ({ attributes, time }: LogItem): Pick<Said, 'start'> => {
  const duration = amountAt(attributes, 'duration_ms')
  const began = duration === undefined ? time : time - BigInt(Math.round(duration * 1e6))
  return duration === undefined || began <= 0n ? {} : { start: began }
}

const decisionOf = (attributes: Attributes): CallFacts => {
  const decision = stringAt(attributes, 'decision')
  const { name, id, parameters } = toolOf(attributes)
  return { ...present({ name, id, outline: parameters }), ...(decision === 'reject' ? { isError: true, output: 'rejected' } : {}) }
}

const resultOf = (attributes: Attributes): CallFacts => {
  const { name = 'tool', id, parameters } = toolOf(attributes)
  const input = attributes.has('tool_input') ? parsedFromValue(attributes.get('tool_input')) : undefined
  const success = attributes.get('success')
  const isError = success === 'false' || success === false
  const server = parameters?.['mcp_server_name']
  return {
    ...callFacts(name, id, input, undefined),
    ...present({ outline: parameters, server: typeof server === 'string' ? server : undefined }),
    isError,
  }
}

const toolOf = (attributes: Attributes) => {
  const parameters = parsedFromValue(attributes.get('tool_parameters'))
  const { full_command: command, bash_command: _, ...others } = isObject(parameters) ? parameters : {}
  const outline = typeof command === 'string' ? { command, ...others } : others
  return {
    name: stringAt(attributes, 'tool_name'),
    id: stringAt(attributes, 'tool_use_id'),
    parameters: filled(outline),
  }
}
