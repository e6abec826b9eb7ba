import type { Artifact } from '../model/artifact.ts'
import { contents } from '../model/content.ts'
import type { Run } from '../model/run.ts'
import type { Step } from '../model/step.ts'
import { textOf } from './output.ts'

/** A run, whole, as it leaves. */
export type WholeRun = { readonly run: Run; readonly steps: readonly Step[]; readonly artifacts: readonly Artifact[] }

type Message =
  | { readonly role: 'user' | 'assistant'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls: ToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
type ToolCall = { readonly id: string; readonly type: 'function'; readonly function: { readonly name: string; readonly arguments: string } }

/**
 * A run in the chat format of OpenAI's fine-tuning: its input, what the agent said and called, what the tools gave. Undefined
 * where there is nothing to learn from: no input, or nothing that the agent said or called. Nested agents are left out.
 */
export const openaiLine = ({ run, steps }: WholeRun): string | undefined => {
  if (run.task_input === null) return undefined
  const messages: Message[] = [{ role: 'user', content: textOf(run.task_input) }]
  const open = new Map<string, ToolCall>()
  for (const step of steps.filter(it => it.agent === null)) addMessage(messages, open, step)
  // A call without its answer is refused there.
  for (const id of open.keys()) messages.push({ role: 'tool', tool_call_id: id, content: '' })
  return messages.some(message => message.role === 'assistant') ? `${JSON.stringify({ messages: inOrder(messages) })}\n` : undefined
}

const addMessage = (messages: Message[], open: Map<string, ToolCall>, step: Step): void => {
  if (step.type === 'thought') {
    const { text } = contents.thought.parse(step.content)
    if (text !== '') messages.push({ role: 'assistant', content: text })
  } else if (step.type === 'tool_call') {
    const { tool_name, arguments: args } = contents.tool_call.parse(step.content)
    const call: ToolCall = { id: step.id, type: 'function', function: { name: tool_name, arguments: JSON.stringify(args) } }
    open.set(step.id, call)
    const last = messages.at(-1)
    if (last !== undefined && 'tool_calls' in last) last.tool_calls.push(call)
    else messages.push({ role: 'assistant', content: null, tool_calls: [call] })
  } else if (step.type === 'tool_result') {
    const id = step.parent_step_id
    if (id === null || !open.delete(id)) return
    messages.push({ role: 'tool', tool_call_id: id, content: textOf(contents.tool_result.parse(step.content).output) })
  }
}

// Each call's answers stand right behind the message that made them.
const inOrder = (messages: readonly Message[]): readonly Message[] => {
  const answers = new Map(messages.flatMap(message => (message.role === 'tool' ? [[message.tool_call_id, message] as const] : [])))
  return messages.flatMap((message): readonly Message[] => {
    if (message.role === 'tool') return []
    return 'tool_calls' in message ? [message, ...message.tool_calls.flatMap(call => answers.get(call.id) ?? [])] : [message]
  })
}

const fence = (text: string, language: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(match => match[0].length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}${language}\n${text}\n${marks}`
}

const jsonBlock = (value: unknown): string =>
  fence(typeof value === 'string' ? value : JSON.stringify(value, null, 2), typeof value === 'string' ? '' : 'json')

const bodies: Readonly<Record<Step['type'], (content: Step['content']) => string>> = {
  thought: ({ text, reasoning }) =>
    [...(typeof reasoning === 'string' ? [`> ${reasoning.replaceAll('\n', '\n> ')}`] : []), fence(textOf(text ?? ''), '')].join('\n\n'),
  tool_call: content => jsonBlock(content['arguments']),
  tool_result: content => jsonBlock(content['output']),
  error: ({ message, traceback }) =>
    [fence(textOf(message ?? ''), ''), ...(typeof traceback === 'string' ? [fence(traceback, '')] : [])].join('\n\n'),
  plan_update: content => {
    const plan = contents.plan_update.safeParse(content)
    return plan.success
      ? plan.data.items
          .map(item => `- [${item.status === 'completed' ? 'x' : ' '}] ${item.title.replaceAll('\n', ' ')} (${item.status})`)
          .join('\n')
      : jsonBlock(content)
  },
}

/** A run as a Markdown document, everything other people wrote in fences. */
export const markdown = ({ run, steps, artifacts }: WholeRun): string =>
  [
    `# Run ${run.id}`,
    `- agent: ${JSON.stringify(run.agent_id)}\n- status: ${run.status}\n- began: ${run.created_at}\n- ended: ${run.ended_at ?? 'no end was received'}`,
    ...(run.task_input === null ? [] : ['## Input', jsonBlock(run.task_input)]),
    ...steps.flatMap(step => [`## ${step.sequence} ${step.type}${nameOf(step)}`, bodies[step.type](step.content)]),
    ...(artifacts.length === 0
      ? []
      : ['## Artifacts', artifacts.map(a => `- ${JSON.stringify(a.path)} (${JSON.stringify(a.role)})`).join('\n')]),
    '',
  ].join('\n\n')

const nameOf = ({ content, agent }: Step): string => {
  const tool = content['tool_name']
  const path = agent === null ? '' : ` [${agent.join(' › ')}]`
  return `${path}${typeof tool === 'string' ? ` ${JSON.stringify(tool)}` : ''}${content['is_error'] === true ? ' (failed)' : ''}`
}
