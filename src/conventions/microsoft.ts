import type { Item, SpanItem } from '../model/fact.ts'
import { agentFrom } from './agent-name.ts'
import type { Convention } from './convention.ts'
import type { Said } from './reading.ts'
import { present, stringAt } from './value.ts'

const kernelFunctions = /^(semantic_kernel\.functions|Microsoft\.SemanticKernel)/

/**
 * Agent Framework's workflows and Semantic Kernel's functions, beside the GenAI conventions both speak: a workflow is an agent
 * around its executors, which are structure; so is the messaging of AutoGen's runtime.
 */
export const microsoft: Convention = {
  name: 'microsoft',
  speaks: item => item.kind === 'span' && (isWorkflow(item) || isKernelFunction(item)),
  read: item => ({ said: saidOf(item), consumed: ['workflow.name'] }),
}

const isWorkflow = ({ name, attributes }: Item & SpanItem): boolean =>
  name.startsWith('workflow.run') && (attributes.has('workflow.id') || attributes.has('workflow.name'))

// Before 1.30 a function's span bears its name alone: `plugin-function` or `plugin.function`.
const isKernelFunction = ({ origin, name, attributes }: SpanItem): boolean =>
  kernelFunctions.test(origin.scope.name) && !attributes.has('gen_ai.operation.name') && /^execute_tool |^[\w]+[-.][\w]+$/.test(name)

// A workflow without a name is called after its builder and a number of its own.
const madeUp = /-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const saidOf = (item: Item): Said => {
  if (item.kind === 'log') return {}
  if (isWorkflow(item))
    return { role: 'agent', ...present({ agent: agentFrom(undefined, stringAt(item.attributes, 'workflow.name')?.replace(madeUp, '')) }) }
  return { role: 'tool', call: { name: item.name.replace(/^execute_tool /, '') }, captured: false }
}
