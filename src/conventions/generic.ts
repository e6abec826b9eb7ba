import type { Attributes, Item, SpanItem } from '../model/fact.ts'
import type { Convention } from './convention.ts'
import { normalFinish } from './genai-usage.ts'
import { givenFrom } from './messages.ts'
import { answersFrom, questionsFrom } from './provider-output.ts'
import type { Said } from './reading.ts'
import { callFacts, saidByOutput } from './said.ts'
import { amountAt, countAt, parsedFromValue, present, stringAt } from './value.ts'

const modelKeys = ['llm.model', 'llm.model_name', 'llm.request.model', 'model_name', 'ai.model', 'gen_ai.request.model'] as const
const promptKeys = ['llm.prompts', 'llm.prompt', 'llm.input', 'llm.messages', 'prompt', 'messages', 'input'] as const
const answerKeys = ['llm.completions', 'llm.completion', 'llm.response', 'llm.output', 'completion', 'response', 'output'] as const
const toolKeys = ['tool.name', 'tool_name', 'function.name', 'gen_ai.tool.name'] as const
const argumentKeys = [
  'tool.arguments',
  'tool.args',
  'tool.input',
  'tool.parameters',
  'tool_arguments',
  'tool_input',
  'function.arguments',
] as const
const resultKeys = ['tool.result', 'tool.output', 'tool_result', 'tool_output', 'tool_response', 'function.result'] as const

const firstOf = (attributes: Attributes, keys: readonly string[]): string | undefined => keys.find(key => attributes.has(key))

/**
 * What a span of no known vocabulary says by names that many use: a model with an answer is a model call, a named tool with
 * arguments or a result is a call. Hands off where another vocabulary speaks of kinds.
 */
export const generic: Convention = {
  name: 'generic',
  speaks: (item: Item) => item.kind === 'span' && !isTyped(item.attributes) && (isModel(item.attributes) || isTool(item.attributes)),
  read: item => (item.kind === 'span' ? readSpan(item) : { said: {}, consumed: [] }),
}

const typed = [
  'gen_ai.operation.name',
  'openinference.span.kind',
  'traceloop.span.kind',
  'llm.request.type',
  'langsmith.span.kind',
  'ai.operationId',
  'mastra.span.type',
  'span.type',
  'mcp.method.name',
  'agent.step.type',
] as const

const isTyped = (attributes: Attributes): boolean => typed.some(key => attributes.has(key))

const isModel = (attributes: Attributes): boolean =>
  firstOf(attributes, modelKeys) !== undefined && firstOf(attributes, answerKeys) !== undefined

const isTool = (attributes: Attributes): boolean =>
  firstOf(attributes, toolKeys) !== undefined && firstOf(attributes, [...argumentKeys, ...resultKeys]) !== undefined

const readSpan = (item: SpanItem): ReturnType<Convention['read']> => {
  const { attributes } = item
  const keys = isTool(attributes) ? [toolKeys, argumentKeys, resultKeys] : [modelKeys, promptKeys, answerKeys]
  const consumed = keys.flatMap(group => firstOf(attributes, group) ?? [])
  return { said: isTool(attributes) ? toolSaid(attributes) : modelSaid(attributes), consumed }
}

const valueBy = (attributes: Attributes, keys: readonly string[]) => parsedFromValue(attributes.get(firstOf(attributes, keys) ?? ''))

const modelSaid = (attributes: Attributes): Said => {
  const said = saidByOutput(answersFrom(valueBy(attributes, answerKeys)))
  const asked = questionsFrom(valueBy(attributes, promptKeys))
  const finish = normalFinish(stringAt(attributes, 'llm.finish_reason', 'finish_reason')) ?? said.usage?.finish
  return {
    role: 'model',
    ...said,
    ...present({
      given: asked.length === 0 ? undefined : givenFrom(asked),
      usage: present({
        responseModel: stringAt(attributes, ...modelKeys),
        inputTokens: countAt(attributes, 'llm.usage.prompt_tokens', 'llm.usage.input_tokens', 'prompt_tokens', 'input_tokens'),
        outputTokens: countAt(attributes, 'llm.usage.completion_tokens', 'llm.usage.output_tokens', 'completion_tokens', 'output_tokens'),
        cost: amountAt(attributes, 'llm.cost', 'llm.usage.cost', 'cost_usd'),
        finish,
      }),
    }),
  }
}

const toolSaid = (attributes: Attributes): Said => ({
  role: 'tool',
  call: callFacts(
    stringAt(attributes, ...toolKeys) ?? 'tool',
    stringAt(attributes, 'tool.call_id', 'tool_call.id', 'tool.call.id', 'tool_call_id', 'call_id'),
    firstOf(attributes, argumentKeys) === undefined ? undefined : valueBy(attributes, argumentKeys),
    firstOf(attributes, resultKeys) === undefined ? undefined : valueBy(attributes, resultKeys),
  ),
})
