import type { Attributes, Item, LogItem, SpanItem } from '../model/fact.ts'
import type { JsonObject } from '../model/json.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import { errorFromExceptionLog } from './exception.ts'
import { roleOf } from './genai-operations.ts'
import { genaiUsage, readableUsageKeys, usageKeys } from './genai-usage.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import type { RunFacts, Said } from './reading.ts'
import { callFacts, saidByAgent, saidByOutput } from './said.ts'
import { amountAt, countAt, filled, jsonFromValue, parsedFromValue, present, stringAt } from './value.ts'

const DETAILS = 'gen_ai.client.inference.operation.details'
const MODEL_EXCEPTION = 'gen_ai.client.operation.exception'
const TOOL_EXCEPTION = 'gen_ai.execute_tool.exception'
const EVALUATION = 'gen_ai.evaluation.result'

const consumed = [
  'gen_ai.operation.name',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.tool.name',
  'gen_ai.tool.call.id',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.agent.name',
  'gen_ai.workflow.name',
  'gen_ai.conversation.id',
  'user.id',
  'enduser.id',
  `event:${DETAILS}`,
  ...usageKeys,
] as const

/** OpenTelemetry GenAI semantic conventions as of v0.1.0: attributes, structured or as JSON text; span events; log records. */
export const genai: Convention = {
  name: 'genai',
  speaks: item =>
    [...item.attributes.keys()].some(key => key.startsWith('gen_ai.')) ||
    (item.kind === 'log' ? item.eventName.startsWith('gen_ai.') : item.events.some(event => event.name === DETAILS)),
  read: item => ({ said: saidOf(item), consumed: [...consumed, ...readableUsageKeys(item.attributes)] }),
}

const saidOf = (item: Item): Said => {
  if (item.kind === 'log') return saidByLog(item)
  const attributes = withDetails(item)
  return { ...common(attributes), ...byRole(attributes) }
}

// Strands and others put what belongs into attributes into events of the span: one for the input, one for the output.
const withDetails = (item: SpanItem): Attributes => {
  const details = item.events.filter(event => event.name === DETAILS)
  return details.length === 0 ? item.attributes : new Map([...details.flatMap(event => [...event.attributes]), ...item.attributes])
}

const saidByLog = (item: LogItem): Said => {
  const { attributes, eventName } = item
  if (eventName === DETAILS) return { ...common(attributes), ...modelSaid(attributes), about: 'model' }
  if (eventName === MODEL_EXCEPTION) return { about: 'model', ...present({ error: errorFromExceptionLog(attributes) }) }
  if (eventName === TOOL_EXCEPTION) return { about: 'call', ...present({ error: errorFromExceptionLog(attributes) }) }
  if (eventName === EVALUATION) return { run: { metadata: evaluation(attributes) } }
  return {}
}

const evaluation = (attributes: Attributes): JsonObject => ({
  [`evaluation.${stringAt(attributes, 'gen_ai.evaluation.name') ?? 'unnamed'}`]: present({
    score: amountAt(attributes, 'gen_ai.evaluation.score.value') ?? jsonFromValue(attributes.get('gen_ai.evaluation.score.value')),
    label: stringAt(attributes, 'gen_ai.evaluation.score.label'),
    explanation: stringAt(attributes, 'gen_ai.evaluation.explanation'),
  }),
})

const common = (attributes: Attributes): Said => {
  const run = whose(attributes)
  return present({
    agent: agentFrom(stringAt(attributes, 'gen_ai.agent.id'), stringAt(attributes, 'gen_ai.agent.name', 'gen_ai.workflow.name')),
    run: filled(run),
    usage: genaiUsage(attributes),
  })
}

const whose = (attributes: Attributes): RunFacts =>
  present({ sessionId: stringAt(attributes, 'gen_ai.conversation.id'), userId: stringAt(attributes, 'user.id', 'enduser.id') })

const byRole = (attributes: Attributes): Said => {
  const role = roleOf(attributes)
  if (role === 'tool') return { role, ...toolSaid(attributes) }
  if (role === 'agent') return { role, ...saidByAgent(inputsOf(attributes), outputsOf(attributes), whose(attributes)) }
  if (role === 'model') return { role, ...modelSaid(attributes) }
  if (role === undefined && attributes.has('gen_ai.output.messages')) return modelSaid(attributes)
  return present({ role })
}

const contentKeys = ['gen_ai.output.messages', 'gen_ai.input.messages'] as const

const outputsOf = (attributes: Attributes): readonly Message[] =>
  messagesFrom(parsedFromValue(attributes.get('gen_ai.output.messages')), 'assistant')

const inputsOf = (attributes: Attributes): readonly Message[] =>
  messagesFrom(parsedFromValue(attributes.get('gen_ai.input.messages')), 'user')

const modelSaid = (attributes: Attributes): Said => {
  const said = saidByOutput(outputsOf(attributes))
  const usage = { ...said.usage, ...genaiUsage(attributes) }
  return {
    ...said,
    ...present({
      usage: filled(usage),
      given: attributes.has('gen_ai.input.messages') ? givenFrom(inputsOf(attributes)) : undefined,
      captured: contentKeys.some(key => attributes.has(key)) ? undefined : (false as const),
    }),
  }
}

const toolSaid = (attributes: Attributes): Said => {
  const asked = inputsOf(attributes).flatMap(m => m.calls)[0]
  const answered = outputsOf(attributes).flatMap(m => m.results)[0]
  const name = stringAt(attributes, 'gen_ai.tool.name') ?? asked?.name ?? 'tool'
  const args = attributes.get('gen_ai.tool.call.arguments')
  const output = attributes.get('gen_ai.tool.call.result')
  const call = callFacts(
    name,
    stringAt(attributes, 'gen_ai.tool.call.id') ?? asked?.id ?? answered?.callId,
    args === undefined ? asked?.arguments : parsedFromValue(args),
    output === undefined ? answered?.output : parsedFromValue(output),
  )
  const exit = countAt(attributes, 'process.exit.code')
  const failed = exit !== undefined && exit !== 0 && call.isError === undefined ? { isError: true, errorInferred: true as const } : {}
  const isCaptured = call.arguments !== undefined || call.output !== undefined
  return { call: { ...call, ...failed }, ...(isCaptured ? {} : { captured: false as const }) }
}
