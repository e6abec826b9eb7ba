import type { Attributes, Item, LogItem } from '../model/fact.ts'
import { beganOf, spokenAt } from './claude-code.ts'
import type { Convention } from './convention.ts'
import type { CallFacts, ErrorFacts, Said, Usage } from './reading.ts'
import { callFacts } from './said.ts'
import { countAt, entry, isObject, parsedFromText, parsedFromValue, present, stringAt } from './value.ts'

const TURN = 'session_task.turn'

/**
 * Codex CLI. Its logs tell the run: every value is text, the event's name an attribute, most records without a trace. A prompt
 * opens a run of its conversation. Of its spans one alone is believed: the turn, whose end is the run's.
 */
export const codex: Convention = {
  name: 'codex',
  speaks: item =>
    item.kind === 'log'
      ? item.eventName.startsWith('codex.')
      : item.name === TURN && [...item.attributes.keys()].some(key => key.startsWith('codex.turn.')),
  read: item => ({ said: item.kind === 'log' ? { ...common(item), ...saidByLog(item) } : turnSaid(item), consumed }),
}

const consumed = [
  'event.name',
  'event.timestamp',
  'conversation.id',
  'prompt',
  'response',
  'tool_name',
  'call_id',
  'arguments',
  'output',
  'success',
  'duration_ms',
  'input_token_count',
  'output_token_count',
  'cached_token_count',
  'cache_write_token_count',
  'reasoning_token_count',
  'agent_name',
] as const

const turnSaid = ({ origin, attributes }: Item): Said => ({
  role: 'agent',
  agent: { name: stringAt(origin.resource, 'service.name') ?? 'codex' },
  usage: present({
    requestModel: stringAt(attributes, 'model'),
    inputTokens: countAt(attributes, 'codex.turn.token_usage.input_tokens'),
    outputTokens: countAt(attributes, 'codex.turn.token_usage.output_tokens'),
    cachedTokens: countAt(attributes, 'codex.turn.token_usage.cached_input_tokens'),
    reasoningTokens: countAt(attributes, 'codex.turn.token_usage.reasoning_output_tokens'),
  }),
})

const common = ({ attributes }: LogItem): Said => {
  const conversation = stringAt(attributes, 'conversation.id')
  return present({
    agent: subagentOf(attributes),
    episode: conversation === undefined ? undefined : { conversation },
    run: conversation === undefined ? undefined : { sessionId: conversation },
  })
}

// The main agent is `/root`, those it spawns are paths below it.
const subagentOf = (attributes: Attributes): Said['agent'] => {
  const path = stringAt(attributes, 'agent_name')
  return path === undefined || !/^\/root\/./.test(path) ? undefined : { id: path, name: path.split('/').at(-1) ?? path, nested: true }
}

const saidByLog = (item: LogItem): Said => entry(events, item.eventName.replace(/^codex\./, ''))?.(item) ?? {}

const promptSaid = (item: LogItem): Said => {
  const { episode, run } = common(item)
  const prompt = spokenAt(item.attributes, 'prompt')
  return {
    ...(episode === undefined ? {} : { episode: { ...episode, opens: true } }),
    run: { ...run, ...(prompt === undefined ? {} : { taskInput: { input: prompt } }) },
  }
}

// The model's answer streams by as events without content: the last tells what it cost.
const streamSaid = ({ attributes }: LogItem): Said => {
  const error = errorOf(attributes)
  const usage = usageOf(attributes)
  if (error === undefined && usage.inputTokens === undefined && usage.outputTokens === undefined) return {}
  return { about: 'model', beside: true, captured: false, usage, ...present({ error }) }
}

const usageOf = (attributes: Attributes): Usage =>
  present({
    requestModel: stringAt(attributes, 'model'),
    inputTokens: countAt(attributes, 'input_token_count'),
    outputTokens: countAt(attributes, 'output_token_count'),
    cachedTokens: countAt(attributes, 'cached_token_count'),
    cacheWriteTokens: countAt(attributes, 'cache_write_token_count'),
    reasoningTokens: countAt(attributes, 'reasoning_token_count'),
  })

const errorOf = (attributes: Attributes): ErrorFacts | undefined => {
  const message = stringAt(attributes, 'error.message')
  const status = stringAt(attributes, 'http.response.status_code')
  return message === undefined ? undefined : { message, ...present({ code: status }) }
}

const requestSaid = ({ attributes }: LogItem): Said => {
  const error = errorOf(attributes)
  return error === undefined ? {} : { about: 'model', beside: true, captured: false, error }
}

const responseSaid = ({ attributes }: LogItem): Said => {
  const text = spokenAt(attributes, 'response')
  return { about: 'model', beside: true, ...(text === undefined ? { captured: false } : { text }) }
}

const decisionSaid = ({ attributes }: LogItem): Said => {
  const isDenied = /^(denied|abort|rejected)/i.test(stringAt(attributes, 'decision') ?? '')
  const call = present({ id: stringAt(attributes, 'call_id'), name: stringAt(attributes, 'tool_name') })
  return { about: 'call', call: isDenied ? { ...call, isError: true, output: stringAt(attributes, 'decision') ?? null } : call }
}

const resultSaid = (item: LogItem): Said => ({ about: 'call', call: resultOf(item.attributes), ...beganOf(item) })

const resultOf = (attributes: Attributes): CallFacts => {
  const sent = stringAt(attributes, 'arguments')
  const output = attributes.has('output') ? parsedFromValue(attributes.get('output')) : undefined
  const args = sent === undefined ? undefined : parsedFromText(sent)
  const facts = callFacts(stringAt(attributes, 'tool_name') ?? 'tool', stringAt(attributes, 'call_id'), args, output)
  return { ...facts, ...failureOf(attributes), ...present({ server: stringAt(attributes, 'mcp_server') }) }
}

// A command that exits with an error is a success to the tool that ran it.
const failureOf = (attributes: Attributes): Pick<CallFacts, 'isError' | 'errorInferred'> => {
  const success = attributes.get('success')
  if (success === 'false' || success === false) return { isError: true }
  const output = stringAt(attributes, 'output') ?? ''
  const exit = /^(?:Process exited with code|Exit code:) (-?\d+)$/m.exec(output)?.[1] ?? exitIn(output)
  return exit === undefined || exit === '0' ? { isError: false } : { isError: true, errorInferred: true }
}

const exitIn = (output: string): string | undefined => {
  const json = parsedFromText(output)
  const metadata = isObject(json) && isObject(json['metadata']) ? json['metadata'] : undefined
  return typeof metadata?.['exit_code'] === 'number' ? String(metadata['exit_code']) : undefined
}

const events: Readonly<Record<string, (item: LogItem) => Said>> = {
  user_prompt: promptSaid,
  sse_event: streamSaid,
  websocket_event: streamSaid,
  api_request: requestSaid,
  agent_response: responseSaid,
  tool_decision: decisionSaid,
  tool_result: resultSaid,
}
