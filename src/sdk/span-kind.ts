import type { Attributes, AttributeValue } from '@opentelemetry/api'

type Kinds = Readonly<Record<string, readonly AttributeValue[]>>

/** What the spans of tools say when they start, by vocabulary. */
const toolKinds: Kinds = {
  'gen_ai.operation.name': ['execute_tool'],
  'ai.operationId': ['ai.toolCall'],
  'openinference.span.kind': ['TOOL'],
}

const agentKinds: Kinds = { 'gen_ai.operation.name': ['invoke_agent', 'invoke_workflow'] }

const saysOneOf = (attributes: Readonly<Attributes>, kinds: Kinds): boolean => {
  for (const key in kinds) {
    const value = attributes[key]
    if (value !== undefined && kinds[key]?.includes(value)) return true
  }
  return false
}

/** A span that is a call of a tool by its conventions; not one that only carries a call, nor several calls merged. */
export const isToolSpan = (attributes: Readonly<Attributes>): boolean =>
  saysOneOf(attributes, toolKinds) && attributes['mcp.method.name'] === undefined && attributes['gen_ai.tool.name'] !== '(merged tools)'

export const isAgentSpan = (attributes: Readonly<Attributes>): boolean => saysOneOf(attributes, agentKinds)

export const toolNameOf = (attributes: Readonly<Attributes>): AttributeValue | undefined =>
  attributes['gen_ai.tool.name'] ?? attributes['ai.toolCall.name'] ?? attributes['tool.name']
