import type { Knex } from 'knex'
import { z } from 'zod'
import { ErrorData, PlanUpdateData, stepTypes, ThoughtData, ToolCallData, ToolResultData } from '../../src/model/content.ts'
import { canonical } from './canonical.ts'

const Row = z.object({ type: z.enum(stepTypes), content: z.unknown(), agent: z.array(z.string()).nullable() })

/**
 * The steps of the one run in the database, a line a step, as `told-steps.ts` writes them. An output in which one of the `phrases` stands is shown as
 * that phrase: each framework wraps an error and the answer of another agent in words of its own.
 */
export const stepsInRows = async (db: Knex, phrases: readonly string[]): Promise<readonly string[]> => {
  const rows = z.array(Row).parse(await db('obs_steps').orderBy('sequence').select('type', 'content', 'agent'))
  return sortedResults(rows.map(({ type, content, agent }) => `${agent === null ? '' : '  '}${lines[type](content, phrases)}`))
}

const lines: Readonly<Record<(typeof stepTypes)[number], (content: unknown, phrases: readonly string[]) => string>> = {
  thought: content => {
    const { text, reasoning } = ThoughtData.parse(content)
    return `thought ${reasoning ? `${text} (${reasoning})` : text}`
  },
  tool_call: content => {
    const { tool_name, arguments: args, call_id } = ToolCallData.parse(content)
    return `call ${tool_name} ${canonical(args)} ${call_id}`
  },
  tool_result: (content, phrases) => {
    const { tool_name, output, is_error, call_id } = ToolResultData.parse(content)
    return `${is_error ? 'failure' : 'result'} of ${tool_name} ${call_id}: ${phraseIn(output, phrases) ?? canonical(parsed(output))}`
  },
  error: (content, phrases) => {
    const { message } = ErrorData.parse(content)
    return `error ${phraseIn(message, phrases) ?? message}`
  },
  plan_update: content => {
    const { items } = PlanUpdateData.parse(content)
    return `plan ${canonical(items.map(({ title, status }) => ({ content: title, status })))}`
  },
}

/** Results that follow each other ran at the same time: their order is theirs. */
const sortedResults = (all: readonly string[]): readonly string[] => {
  const groups: string[][] = []
  for (const line of all) {
    const last = groups.at(-1)
    if (last !== undefined && isResult(line) && isResult(last[0] ?? '')) last.push(line)
    else groups.push([line])
  }
  return groups.flatMap(group => group.sort())
}

const isResult = (line: string): boolean => /^ *(result|failure) of /.test(line)

const phraseIn = (output: unknown, phrases: readonly string[]): string | undefined =>
  phrases.find(phrase => JSON.stringify(output).includes(phrase))

/** Most frameworks hand a result on as JSON text. */
const parsed = (output: unknown): unknown => {
  if (typeof output !== 'string') return output
  try {
    return JSON.parse(output)
  } catch {
    return output
  }
}
