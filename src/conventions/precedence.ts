import type { Said } from './reading.ts'

/**
 * Which vocabulary is right about a field where two speak on one span: the first that says something. A field without a row
 * follows the order of the list of conventions. Content: structured messages before flattened ones; kind: the reverse.
 */
export const precedence: Readonly<Partial<Record<keyof Said, readonly string[]>>> = {
  // Traceloop rewrites the AI SDK's roots into spans that look like model calls.
  role: ['native', 'claude-code', 'codex', 'logfire', 'vercel'],
}

/** Fields whose members are decided one by one: one vocabulary may know the model, another the tokens. */
export const mergedFields: ReadonlySet<string> = new Set<keyof Said>(['told', 'agent', 'run', 'call', 'usage', 'episode'])
