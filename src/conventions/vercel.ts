import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import { type Convention, readSpansWith } from './convention.ts'
import { normalFinish } from './genai-usage.ts'
import { callPart, idFrom } from './message-parts.ts'
import { givenFrom, messagesFrom } from './messages.ts'
import type { CallPart, FilePart, Role, RunFacts, Said, Usage } from './reading.ts'
import { callFacts } from './said.ts'
import {
  countAt,
  filled,
  isArray,
  isObject,
  jsonFromValue,
  member,
  parsedFromText,
  parsedFromValue,
  present,
  stringAt,
  textFrom,
} from './value.ts'

const OPERATION = 'ai.operationId'

const consumed =
  /^(ai\.operationId|operation\.name|resource\.name|ai\.telemetry\.functionId|ai\.model\.(id|provider)|ai\.prompt|ai\.prompt\.messages|ai\.response\.(text|reasoning|toolCalls|object|finishReason|id|model|files)|ai\.toolCall\.(name|id|args|input|result|output)|ai\.usage\..*|ai\.(telemetry\.metadata|settings\.context)\.(sessionId|session_id|userId|user_id|threadId|thread_id|conversationId|conversation_id))$/

/** The Vercel AI SDK's own spans: `ai.*` of versions 4 to 6, and of 7 through LegacyOpenTelemetry. */
export const vercel: Convention = {
  name: 'vercel',
  speaks: ({ attributes }: Item) => attributes.has(OPERATION),
  read: readSpansWith(span => saidOf(span), consumed),
}

// Which kind of span it is tells the id alone: Traceloop rewrites roots into what looks like a model call.
const roleOf = (operation: string): Role => {
  if (operation === 'ai.toolCall') return 'tool'
  if (/\.do(Generate|Stream)$/.test(operation)) return 'model'
  return /^ai\.(generate|stream)(Text|Object)$/.test(operation) || operation === 'ai.agent' ? 'agent' : 'other'
}

const saidOf = (item: SpanItem): Said => {
  const { attributes } = item
  const role = roleOf(stringAt(attributes, OPERATION) ?? '')
  if (role === 'tool') return { role, ...toolSaid(attributes), ...common(attributes) }
  if (role === 'model') return { role, ...modelSaid(attributes), ...common(attributes) }
  if (role === 'agent') return { role, ...agentSaid(attributes) }
  return { role }
}

const settings = ['ai.telemetry.metadata', 'ai.settings.context'] as const

const settingAt = (attributes: Attributes, ...names: readonly string[]): string | undefined =>
  stringAt(attributes, ...settings.flatMap(prefix => names.map(name => `${prefix}.${name}`)))

const runOf = (attributes: Attributes): RunFacts =>
  present({
    sessionId: settingAt(attributes, 'sessionId', 'session_id', 'threadId', 'thread_id', 'conversationId', 'conversation_id'),
    userId: settingAt(attributes, 'userId', 'user_id'),
  })

const common = (attributes: Attributes): Said => {
  const run = runOf(attributes)
  return present({ run: filled(run) })
}

const agentSaid = (attributes: Attributes): Said => {
  const prompt = parsedFromValue(attributes.get('ai.prompt'))
  const asked = member(prompt, 'prompt') ?? member(prompt, 'messages') ?? (typeof prompt === 'string' && prompt !== '' ? prompt : undefined)
  const { input } = givenFrom(messagesFrom(asked, 'user'))
  const output = stringAt(attributes, 'ai.response.text', 'ai.response.object')
  const run = { ...runOf(attributes), ...present({ taskInput: input, output }) }
  const finish = normalFinish(stringAt(attributes, 'ai.response.finishReason'))
  return {
    ...present({
      agent: agentFrom(undefined, stringAt(attributes, 'ai.telemetry.functionId', 'resource.name')),
      run: filled(run),
      usage: { ...usageOf(attributes), ...present({ finish }) },
    }),
  }
}

const modelSaid = (attributes: Attributes): Said => {
  const calls = callsFrom(attributes)
  const files = filesFrom(parsedFromValue(attributes.get('ai.response.files')))
  const text = stringAt(attributes, 'ai.response.text', 'ai.response.object')
  const asked = parsedFromValue(attributes.get('ai.prompt.messages'))
  const isCaptured = attributes.has('ai.prompt.messages') || text !== undefined || calls.length > 0
  return present({
    text,
    reasoning: stringAt(attributes, 'ai.response.reasoning'),
    calls: calls.length === 0 ? undefined : calls,
    files: files.length === 0 ? undefined : files,
    given: asked === null ? undefined : givenFrom(messagesFrom(asked, 'user')),
    usage: usageOf(attributes),
    captured: isCaptured ? undefined : (false as const),
  })
}

const callsFrom = (attributes: Attributes): readonly CallPart[] => {
  const sent = parsedFromValue(attributes.get('ai.response.toolCalls') ?? attributes.get('ai.result.toolCalls'))
  return isArray(sent)
    ? sent.flatMap(one => {
        const name = textFrom(member(one, 'toolName'))
        const args = member(one, 'input') ?? member(one, 'args')
        const isServer = member(one, 'providerExecuted') === true
        return name === undefined ? [] : [callPart(name, idFrom(member(one, 'toolCallId')), args, isServer || undefined)]
      })
    : []
}

const filesFrom = (sent: Json): readonly FilePart[] =>
  isArray(sent)
    ? sent.filter(isObject).map(file => {
        const data = textFrom(file['base64Data']) ?? textFrom(file['base64']) ?? textFrom(file['data'])
        return {
          role: 'output',
          ...present({
            mimeType: textFrom(file['mediaType']) ?? textFrom(file['mimeType']),
            sizeBytes: data === undefined ? undefined : Buffer.byteLength(data, 'base64'),
          }),
        }
      })
    : []

const usageOf = (attributes: Attributes): Usage =>
  present({
    provider: stringAt(attributes, 'ai.model.provider'),
    requestModel: stringAt(attributes, 'ai.model.id'),
    responseModel: stringAt(attributes, 'ai.response.model'),
    responseId: stringAt(attributes, 'ai.response.id'),
    finish: normalFinish(stringAt(attributes, 'ai.response.finishReason', 'ai.finishReason')),
    inputTokens: countAt(attributes, 'ai.usage.inputTokens', 'ai.usage.promptTokens'),
    outputTokens: countAt(attributes, 'ai.usage.outputTokens', 'ai.usage.completionTokens'),
    cachedTokens: countAt(attributes, 'ai.usage.inputTokenDetails.cacheReadTokens', 'ai.usage.cachedInputTokens'),
    cacheWriteTokens: countAt(attributes, 'ai.usage.inputTokenDetails.cacheWriteTokens'),
    reasoningTokens: countAt(attributes, 'ai.usage.outputTokenDetails.reasoningTokens', 'ai.usage.reasoningTokens'),
  })

const toolSaid = (attributes: Attributes): Said => {
  const args = attributes.get('ai.toolCall.args') ?? attributes.get('ai.toolCall.input')
  const output = attributes.get('ai.toolCall.result') ?? attributes.get('ai.toolCall.output')
  const call = callFacts(
    stringAt(attributes, 'ai.toolCall.name') ?? 'tool',
    stringAt(attributes, 'ai.toolCall.id'),
    args === undefined ? undefined : parsedFromValue(args),
    output === undefined ? undefined : typeof output === 'string' ? parsedFromText(output) : jsonFromValue(output),
  )
  return { call, ...(args === undefined && output === undefined ? { captured: false as const } : {}) }
}
