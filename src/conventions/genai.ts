import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Json } from '../model/json.ts'
import type { Convention } from './convention.ts'
import { errorFromExceptionLog } from './exception.ts'
import { filesFromArguments, filesFromResult } from './files.ts'
import { genaiUsage, readableUsageKeys, usageKeys } from './genai-usage.ts'
import { givenFrom, type Message, messagesFrom } from './messages.ts'
import { planFromCall } from './plan-tools.ts'
import type { CallFacts, Role, Said } from './reading.ts'
import { parsedFromValue, present, stringAt } from './value.ts'

const roles: Readonly<Record<string, Role>> = {
  chat: 'model',
  generate_content: 'model',
  text_completion: 'model',
  fetch_response: 'model',
  execute_tool: 'tool',
  invoke_agent: 'agent',
  invoke_workflow: 'agent',
  plan: 'plan',
}

const DETAILS = 'gen_ai.client.inference.operation.details'
const MODEL_EXCEPTION = 'gen_ai.client.operation.exception'
const TOOL_EXCEPTION = 'gen_ai.execute_tool.exception'

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
  `event:${DETAILS}`,
  ...usageKeys,
] as const

/** OpenTelemetry GenAI semantic conventions as of v0.1.0: attributes, structured or as JSON text; span events; log records. */
export const genai: Convention = {
  name: 'genai',
  speaks: item =>
    [...item.attributes.keys()].some(key => key.startsWith('gen_ai.')) || (item.kind === 'log' && item.eventName.startsWith('gen_ai.')),
  read: item => ({ said: saidOf(item), consumed: [...consumed, ...readableUsageKeys(item.attributes)] }),
}

const saidOf = (item: Item): Said => {
  if (item.kind === 'log') return saidByLog(item)
  const attributes = withDetails(item)
  const role = roles[stringAt(attributes, 'gen_ai.operation.name') ?? '']
  return { ...common(attributes), ...present({ role }), ...byRole(role, attributes) }
}

// Strands and others put what belongs into attributes into an event of the span.
const withDetails = (item: SpanItem): Attributes => {
  const details = item.events.find(event => event.name === DETAILS)
  return details === undefined ? item.attributes : new Map([...details.attributes, ...item.attributes])
}

const saidByLog = (item: Extract<Item, { kind: 'log' }>): Said => {
  if (item.eventName === DETAILS) return { about: 'model', ...common(item.attributes), ...modelSaid(item.attributes) }
  if (item.eventName === MODEL_EXCEPTION) return { about: 'model', ...present({ error: errorFromExceptionLog(item.attributes) }) }
  if (item.eventName === TOOL_EXCEPTION) return { about: 'call', ...present({ error: errorFromExceptionLog(item.attributes) }) }
  return {}
}

const common = (attributes: Attributes): Said => {
  const id = stringAt(attributes, 'gen_ai.agent.id')
  const name = stringAt(attributes, 'gen_ai.agent.name', 'gen_ai.workflow.name')
  const sessionId = stringAt(attributes, 'gen_ai.conversation.id')
  return present({
    // Frameworks make ids up for each process: a name identifies an agent better.
    agent: name !== undefined ? { name } : id !== undefined ? { id } : undefined,
    run: sessionId === undefined ? undefined : { sessionId },
    usage: genaiUsage(attributes),
  })
}

const byRole = (role: Role | undefined, attributes: Attributes): Said => {
  if (role === 'model') return modelSaid(attributes)
  if (role === 'tool') return toolSaid(attributes)
  if (role === 'agent') return agentSaid(attributes)
  if (role === undefined && attributes.has('gen_ai.output.messages')) return modelSaid(attributes)
  return {}
}

const contentKeys = ['gen_ai.output.messages', 'gen_ai.input.messages'] as const

const outputsOf = (attributes: Attributes): readonly Message[] =>
  messagesFrom(parsedFromValue(attributes.get('gen_ai.output.messages')), 'assistant')

const modelSaid = (attributes: Attributes): Said => {
  const [choice, ...others] = outputsOf(attributes)
  const input = attributes.get('gen_ai.input.messages')
  const given = input === undefined ? undefined : givenFrom(messagesFrom(parsedFromValue(input), 'user'))
  return {
    ...present({
      text: choice?.text,
      reasoning: choice?.reasoning,
      calls: filled(choice?.calls),
      results: filled(choice?.results),
      files: filled(choice?.files),
      given,
      captured: contentKeys.some(key => attributes.has(key)) ? undefined : (false as const),
    }),
    ...(others.length === 0 ? {} : { choices: others.map(m => m.raw) }),
  }
}

const filled = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list === undefined || list.length === 0 ? undefined : list)

const toolSaid = (attributes: Attributes): Said => {
  const name = stringAt(attributes, 'gen_ai.tool.name') ?? stringAt(attributes, 'gen_ai.operation.name') ?? 'tool'
  const args = attributes.get('gen_ai.tool.call.arguments')
  const output = attributes.get('gen_ai.tool.call.result')
  const call = callFacts(
    name,
    stringAt(attributes, 'gen_ai.tool.call.id')?.trim(),
    args === undefined ? undefined : parsedFromValue(args),
    output === undefined ? undefined : parsedFromValue(output),
  )
  return { call, ...(args === undefined && output === undefined ? { captured: false as const } : {}) }
}

/** What a span says of its call, with the plan and the files that arguments and result tell of. */
export const callFacts = (name: string, id: string | undefined, args: Json | undefined, output: Json | undefined): CallFacts => {
  const files = [...filesFromArguments(name, args), ...filesFromResult(name, output)]
  return present({ id, name, arguments: args, output, plan: planFromCall(name, args), files: filled(files) })
}

const agentSaid = (attributes: Attributes): Said => {
  const input = messagesFrom(parsedFromValue(attributes.get('gen_ai.input.messages')), 'user')
  const outputs = outputsOf(attributes)
  const sessionId = stringAt(attributes, 'gen_ai.conversation.id')
  return present({
    run: present({ sessionId, taskInput: givenFrom(input).input, output: outputs.findLast(m => m.text !== undefined)?.text }),
    files: filled(outputs.flatMap(m => m.files)),
  })
}
