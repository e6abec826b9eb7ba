import type { Attributes } from '../model/fact.ts'
import type { JsonObject } from '../model/json.ts'
import { stringAt, textFrom } from './value.ts'

/**
 * What LangGraph's metadata says a span of LangChain is: a graph with a name (an agent), a part of one, or nothing of the kind.
 * `ofPython`: only there do a node's checkpoints tell the node from the graph in it.
 */
export const graphRole = (name: string, metadata: JsonObject, ofPython: boolean): 'graph' | 'part' | undefined => {
  const agent = textFrom(metadata['lc_agent_name'])
  if (agent === name) return 'graph'
  const node = textFrom(metadata['langgraph_node'])
  const isGraph = agent === undefined && name !== unnamed && isOfLangGraph(metadata)
  if (isGraph && (node === undefined || (ofPython && node === name && isWithinNode(metadata)))) return 'graph'
  return node === undefined || (node === name && !generic.has(name)) ? undefined : 'part'
}

// What a graph is called that nobody gave a name.
const unnamed = 'LangGraph'

// The node of an agent in which its model is called: no agent of its own.
const generic: ReadonlySet<string> = new Set(['agent', 'call_agent'])

const isOfLangGraph = (metadata: JsonObject): boolean => /^(langgraph|langchain_create_agent)$/.test(String(metadata['ls_integration']))

// A graph in a node of the same name has checkpoints of its own, in the node's namespace.
const isWithinNode = (metadata: JsonObject): boolean =>
  metadata['checkpoint_ns'] !== undefined && metadata['checkpoint_ns'] === metadata['langgraph_checkpoint_ns']

const keys = ['lc_agent_name', 'ls_integration', 'langgraph_node', 'langgraph_checkpoint_ns', 'checkpoint_ns'] as const

/** LangGraph's metadata where they are told as an attribute each. */
export const graphMetadata = (attributes: Attributes, prefix: string): JsonObject =>
  Object.fromEntries(
    keys.flatMap(key => {
      const value = stringAt(attributes, `${prefix}.${key}`)
      return value === undefined ? [] : [[key, value]]
    }),
  )
