import type { Attributes, SpanItem } from '../model/fact.ts'
import type { Convention } from './convention.ts'
import type { Said } from './reading.ts'
import { callFacts } from './said.ts'
import { parsedFromValue, present, stringAt } from './value.ts'

const METHOD = 'mcp.method.name'
const CALL = 'tools/call'
const SERVER_SPAN = 2

/**
 * Model Context Protocol, semantic conventions 1.41 and after: client and server spans of one request. A tool call on the wire
 * carries the call of the tool span around it, or is one by itself; all other methods are structure.
 */
export const mcp: Convention = {
  name: 'mcp',
  speaks: ({ attributes }) => attributes.has(METHOD),
  read: item => ({
    said: item.kind === 'span' ? saidOf(item) : {},
    consumed: [METHOD, 'gen_ai.tool.name', 'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result'],
  }),
}

const saidOf = (item: SpanItem): Said => {
  const { attributes } = item
  if (stringAt(attributes, METHOD) !== CALL) return { role: 'other' }
  const name = stringAt(attributes, 'gen_ai.tool.name', 'mcp.tool.name') ?? targetOf(item.name)
  const facts = callFacts(
    name ?? CALL,
    stringAt(attributes, 'gen_ai.tool.call.id'),
    value(attributes, 'gen_ai.tool.call.arguments', 'mcp.tool.arguments'),
    value(attributes, 'gen_ai.tool.call.result', 'mcp.tool.result'),
  )
  const isFailed = stringAt(attributes, 'error.type') !== undefined
  return {
    role: 'transport',
    call: { ...facts, ...present({ server: serverOf(item), isError: isFailed || undefined }) },
    ...(facts.arguments === undefined && facts.output === undefined ? { captured: false } : {}),
  }
}

const value = (attributes: Attributes, ...keys: readonly string[]) => {
  const key = keys.find(one => attributes.has(one))
  return key === undefined ? undefined : parsedFromValue(attributes.get(key))
}

// `tools/call get_weather`, `MCP send tools/call get_weather`.
const targetOf = (name: string): string | undefined => /tools\/call (\S+)$/.exec(name)?.[1]

const serverOf = ({ attributes, spanKind, origin }: SpanItem): string | undefined =>
  stringAt(attributes, 'mcp.server.name', 'fastmcp.server.name') ??
  (spanKind === SERVER_SPAN ? stringAt(origin.resource, 'service.name') : undefined)
