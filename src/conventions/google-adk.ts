import type { Attributes, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { givenFrom, messagesFrom } from './messages.ts'
import type { Said, Usage } from './reading.ts'
import { callFacts, NOTHING, saidByOutput } from './said.ts'
import { filled, isObject, member, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const OWN = 'gcp.vertex.agent'
const MERGED = '(merged tools)'

/**
 * Google's Agent Development Kit, Python and JS: the model's request and response as JSON on `call_llm`, in camel or snake case.
 * `execute_tool (merged)` is no call: its response holds the results of calls whose own spans say nothing.
 */
export const googleAdk: Convention = {
  name: 'google-adk',
  speaks: ({ attributes, origin }) =>
    origin.scope.name === OWN || attributes.has(`${OWN}.event_id`) || attributes.has(`${OWN}.llm_response`),
  read: item => ({
    said: item.kind === 'span' ? { ...common(item.attributes), ...saidOf(item) } : {},
    consumed: ['llm_request', 'llm_response', 'tool_call_args', 'tool_response', 'session_id', 'data'].map(key => `${OWN}.${key}`),
  }),
}

const common = (attributes: Attributes): Said => {
  const sessionId = stringAt(attributes, `${OWN}.session_id`)
  return sessionId === undefined ? {} : { run: { sessionId } }
}

const saidOf = (item: SpanItem): Said => {
  const { attributes, name } = item
  if (name === 'call_llm') return modelSaid(attributes)
  if (name.startsWith('execute_tool')) return toolSaid(item)
  const agent = /^agent_run \[(.+)\]$/.exec(name)?.[1]
  if (agent !== undefined) return { role: 'agent', agent: agentFrom(undefined, agent) ?? {} }
  return name === 'invocation' || name.startsWith('execute_node') || name === 'send_data' ? { role: 'other' } : {}
}

// Empty where content is not captured.
const filledAt = (attributes: Attributes, key: string): Json | undefined => {
  const value = parsedFromValue(attributes.get(`${OWN}.${key}`))
  return value === null || value === '' || value === 'N/A' || (isObject(value) && Object.keys(value).length === 0) ? undefined : value
}

const modelSaid = (attributes: Attributes): Said => {
  const response = filledAt(attributes, 'llm_response')
  const request = filledAt(attributes, 'llm_request')
  const contents = member(request, 'contents')
  const said = response === undefined ? {} : saidByOutput(messagesFrom([response], 'assistant'))
  const usage = { ...said.usage, ...usageOf(response) }
  return {
    role: 'model',
    ...said,
    ...present({
      usage: filled(usage),
      given: contents === undefined ? undefined : givenFrom(messagesFrom(contents, 'user')),
      captured: response === undefined ? (false as const) : undefined,
      error: errorOf(response),
    }),
  }
}

const errorOf = (response: Json | undefined): Said['error'] => {
  const code = textFrom(member(response, 'error_code') ?? member(response, 'errorCode'))
  const message = textFrom(member(response, 'error_message') ?? member(response, 'errorMessage')) ?? code
  return message === undefined ? undefined : { message, ...present({ code }) }
}

const usageOf = (response: Json | undefined): Usage => {
  const usage = member(response, 'usageMetadata') ?? member(response, 'usage_metadata')
  const count = (...keys: readonly string[]): number | undefined =>
    keys.map(key => member(usage, key)).find((n): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0)
  return present({
    inputTokens: count('promptTokenCount', 'prompt_token_count'),
    outputTokens: count('candidatesTokenCount', 'candidates_token_count'),
    cachedTokens: count('cachedContentTokenCount', 'cached_content_token_count'),
    reasoningTokens: count('thoughtsTokenCount', 'thoughts_token_count'),
  })
}

// A tool that threw, or was cancelled, leaves a span that bears its name alone: nobody kept its content back.
const isBare = (attributes: Attributes): boolean => ![...attributes.keys()].some(key => key.startsWith('gen_ai.') || key.startsWith(OWN))

const toolSaid = ({ attributes, name }: SpanItem): Said => {
  const told = filledAt(attributes, 'tool_response')
  const response = member(told, 'result') === NOTHING ? undefined : told
  const tool = stringAt(attributes, 'gen_ai.tool.name') ?? name.replace(/^execute_tool\s*/, '')
  if (tool === MERGED || name === 'execute_tool (merged)') {
    const results = response === undefined ? [] : messagesFrom([response], 'user').flatMap(m => m.results)
    return { role: 'detail', ...(results.length === 0 ? {} : { results }) }
  }
  const args = filledAt(attributes, 'tool_call_args')
  const call = callFacts(tool || 'tool', stringAt(attributes, 'gen_ai.tool.call.id'), args, response)
  const isTold = args !== undefined || told !== undefined || attributes.has('gen_ai.tool.call.arguments')
  return { role: 'tool', call, ...(isTold || !isBare(attributes) ? { captured: isTold } : {}) }
}
