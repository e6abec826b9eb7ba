import { type StepType, stepTypes } from '../model/content.ts'
import type { Attributes, Item } from '../model/fact.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { type RunStatus, runStatuses } from '../model/run.ts'
import * as names from '../semconv.ts'
import type { Convention } from './convention.ts'
import { nativeFiles } from './native-artifacts.ts'
import { planItemFrom } from './plan-tools.ts'
import type { Role, Said, Told } from './reading.ts'
import { filled, isArray, isObject, parsedFromValue, present, stringAt, textFrom } from './value.ts'

const consumed = [
  names.ATTR_RUN_ID,
  names.ATTR_AGENT_ID,
  names.ATTR_AGENT_NAME,
  names.ATTR_STEP_PARENT_SPAN_ID,
  names.ATTR_STEP_NAME,
  `event:${names.EVENT_ARTIFACT}`,
] as const

/**
 * Our own vocabulary: `agent.*` on spans, span events and start logs of any language. A value of a wrong type or range is
 * ignored, stays in the attributes and is named in `runledger.ignored`.
 */
export const native: Convention = {
  name: 'native',
  speaks: item => [...item.attributes.keys()].some(key => key.startsWith('agent.') || key === names.ATTR_SESSION_ID) || hasOwnEvent(item),
  read: item => {
    const attributes = createReader(item.attributes)
    const said = { ...saidOf(attributes), ...filesOf(item), ...(item.kind === 'log' ? startOf(item, attributes) : {}) }
    return {
      said: attributes.ignored.length === 0 ? said : { ...said, ignored: attributes.ignored },
      consumed: [...consumed, ...attributes.read],
    }
  },
}

/** Last in the list: a span with an agent's name that nobody calls a model, a tool or a step is an agent. */
export const nativeAgent: Convention = {
  name: 'native-agent',
  speaks: ({ attributes }) =>
    stringAt(attributes, names.ATTR_STEP_TYPE) === undefined &&
    [names.ATTR_AGENT_ID, names.ATTR_AGENT_NAME, ...runKeys].some(key => attributes.has(key)),
  read: ({ attributes }) => ({
    said: { role: 'agent', ...(runKeys.some(key => attributes.has(key)) ? {} : { stamped: true }) },
    consumed: [],
  }),
}

const runKeys = [names.ATTR_RUN_TASK_INPUT, names.ATTR_RUN_METADATA, names.ATTR_RUN_STATUS] as const

const hasOwnEvent = (item: Item): boolean =>
  item.kind === 'log' ? item.eventName.startsWith('agent.') : item.events.some(event => event.name === names.EVENT_ARTIFACT)

type Reader = {
  readonly has: (key: string) => boolean
  readonly text: (key: string) => string | undefined
  readonly oneOf: <T extends string>(key: string, all: readonly T[]) => T | undefined
  readonly number: (key: string) => number | undefined
  readonly object: (key: string) => JsonObject | undefined
  readonly json: (key: string) => Json | undefined
  readonly read: string[]
  readonly ignored: string[]
}

const maxSequence = 2 ** 31 - 1

const createReader = (attributes: Attributes): Reader => {
  const read: string[] = []
  const ignored: string[] = []
  const checked = <T>(key: string, from: (key: string) => T | undefined): T | undefined => {
    if (!attributes.has(key)) return undefined
    const value = from(key)
    ;(value === undefined ? ignored : read).push(key)
    return value
  }
  return {
    has: key => attributes.has(key),
    text: key => checked(key, k => stringAt(attributes, k)),
    oneOf: (key, all) => checked(key, k => all.find(one => one === attributes.get(k))),
    number: key =>
      checked(key, k => {
        const value = attributes.get(k)
        return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxSequence ? value : undefined
      }),
    object: key =>
      checked(key, k => {
        const value = parsedFromValue(attributes.get(k))
        return isObject(value) ? value : undefined
      }),
    json: key => checked(key, k => parsedFromValue(attributes.get(k))),
    read,
    ignored,
  }
}

const saidOf = (attributes: Reader): Said => {
  const stepType = attributes.oneOf(names.ATTR_STEP_TYPE, stepTypes)
  const told = present({
    runId: attributes.text(names.ATTR_RUN_ID),
    stepType,
    sequence: attributes.number(names.ATTR_STEP_SEQUENCE),
    resultSequence: attributes.number(names.ATTR_STEP_RESULT_SEQUENCE),
    callId: attributes.text(names.ATTR_STEP_CALL_ID)?.trim(),
  }) satisfies Told
  const agent = present({ id: attributes.text(names.ATTR_AGENT_ID), name: attributes.text(names.ATTR_AGENT_NAME) })
  const run = runOf(attributes)
  return {
    ...(stepType === undefined ? {} : contentOf(stepType, attributes, told.callId)),
    ...present({
      told: filled(told),
      agent: filled(agent),
      run: filled(run),
    }),
  }
}

const runOf = (attributes: Reader) =>
  present({
    sessionId: attributes.text(names.ATTR_SESSION_ID),
    taskInput: attributes.json(names.ATTR_RUN_TASK_INPUT),
    metadata: attributes.object(names.ATTR_RUN_METADATA),
    status: attributes.oneOf<RunStatus>(names.ATTR_RUN_STATUS, runStatuses),
  })

const roles: Readonly<Record<StepType, Role>> = {
  thought: 'model',
  tool_call: 'tool',
  tool_result: 'other',
  error: 'other',
  plan_update: 'plan',
}

const contentOf = (type: StepType, attributes: Reader, callId: string | undefined): Said => {
  const content = attributes.object(names.ATTR_STEP_CONTENT)
  const facts = content === undefined ? {} : contents[type](content, callId)
  if (content !== undefined && Object.keys(facts).length === 0)
    attributes.ignored.push(...attributes.read.splice(attributes.read.indexOf(names.ATTR_STEP_CONTENT), 1))
  return { role: roles[type], ...withResult(facts, attributes, type) }
}

const withResult = (facts: Said, attributes: Reader, type: StepType): Said => {
  if (type !== 'tool_call') return facts
  const result = attributes.object(names.ATTR_STEP_RESULT)
  if (result === undefined) return facts
  return {
    ...facts,
    call: {
      ...facts.call,
      output: result['output'] ?? null,
      ...(typeof result['is_error'] === 'boolean' ? { isError: result['is_error'] } : {}),
    },
  }
}

const contents: Readonly<Record<StepType, (content: JsonObject, callId: string | undefined) => Said>> = {
  thought: content => present({ text: stringOf(content['text']), reasoning: textFrom(content['reasoning']) }),
  tool_call: (content, callId) => callOf(content, callId, { arguments: content['arguments'] }),
  tool_result: (content, callId) =>
    callOf(content, callId, {
      output: content['output'] ?? null,
      isError: typeof content['is_error'] === 'boolean' ? content['is_error'] : undefined,
    }),
  error: content => {
    const message = stringOf(content['message'])
    if (message === undefined) return {}
    return { error: { message, ...present({ code: textFrom(content['code']), traceback: textFrom(content['traceback']) }) } }
  },
  plan_update: content => {
    const items = content['items']
    if (!isArray(items) && textFrom(content['text']) === undefined) return {}
    const plan = present({ explanation: textFrom(content['explanation']), text: textFrom(content['text']) })
    return { plan: { items: isArray(items) ? items.flatMap(planItemFrom) : [], mode: 'replace', ...plan } }
  },
}

const stringOf = (json: Json | undefined): string | undefined => (typeof json === 'string' ? json : undefined)

const callOf = (
  content: JsonObject,
  callId: string | undefined,
  rest: { readonly arguments?: Json | undefined; readonly output?: Json; readonly isError?: boolean | undefined },
): Said => {
  const name = textFrom(content['tool_name'])
  if (name === undefined && rest.arguments === undefined && !Object.hasOwn(content, 'output')) return {}
  return { call: present({ id: callId ?? textFrom(content['call_id'])?.trim(), name, ...rest }) }
}

const filesOf = (item: Item): Said => {
  if (item.kind === 'log') return {}
  const files = item.events.filter(event => event.name === names.EVENT_ARTIFACT).flatMap(event => nativeFiles(event.attributes))
  return files.length === 0 ? {} : { files }
}

const spanIdPattern = /^[0-9a-f]{16}$/i

/** `agent.run.start` and `agent.step.start`: the span of these ids has started; what it will say at its end comes later. */
const startOf = (item: Extract<Item, { kind: 'log' }>, attributes: Reader): Said => {
  if (item.traceId === undefined || item.spanId === undefined) return {}
  if (item.eventName === names.LOG_RUN_START) return { about: 'span', state: 'started', role: 'agent' }
  if (item.eventName !== names.LOG_STEP_START) return {}
  const parent = attributes.text(names.ATTR_STEP_PARENT_SPAN_ID)
  return {
    about: 'span',
    state: 'started',
    parent: parent !== undefined && spanIdPattern.test(parent) && !/^0+$/.test(parent) ? parent.toLowerCase() : null,
    ...present({ name: attributes.text(names.ATTR_STEP_NAME) }),
  }
}
