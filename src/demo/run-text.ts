import { z } from 'zod'
import { contents } from '../model/content.ts'
import type { Run } from '../model/run.ts'
import type { Step } from '../model/step.ts'

const maxText = 76

/** A run as lines for a terminal: one a step, in order. */
export const runText = (
  run: Pick<Run, 'id' | 'agent_id' | 'status' | 'artifacts'>,
  steps: readonly Pick<Step, 'sequence' | 'type' | 'content'>[],
): string =>
  [
    `Run ${run.id} of ${run.agent_id}: ${run.status}, ${steps.length} steps, ${run.artifacts} artifact${run.artifacts === 1 ? '' : 's'}`,
    ...steps.map(({ sequence, type, content }) => `${String(sequence).padStart(4)}  ${type.padEnd(11)}  ${cut(line(type, content))}`),
  ].join('\n')

const cut = (text: string): string => {
  const flat = text.replace(/\s+/g, ' ')
  return flat.length <= maxText ? flat : `${flat.slice(0, maxText - 1)}…`
}

const line = (type: Step['type'], content: unknown): string => {
  const parsed = z
    .union([contents.plan_update, contents.tool_result, contents.tool_call, contents.error, contents.thought])
    .safeParse(content)
  if (!parsed.success) return JSON.stringify(content)
  const data = parsed.data
  if ('items' in data) return data.items.map(({ title, status }) => `${marks[status]} ${title}`).join(' · ')
  if ('output' in data)
    return `${data.tool_name} ${data.is_error ? 'failed: ' : '→ '}${typeof data.output === 'string' ? data.output : JSON.stringify(data.output)}`
  if ('arguments' in data) return `${data.tool_name} ${JSON.stringify(data.arguments)}`
  if ('message' in data) return data.message
  return 'text' in data ? data.text : type
}

const marks: Readonly<Record<string, string>> = { pending: '☐', in_progress: '◐', completed: '☑', cancelled: '☒' }
