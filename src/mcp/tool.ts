import type { CallToolResult } from '@modelcontextprotocol/server'
import { z } from 'zod'

const maxTokens = 50_000

/** A budget in which more has room. */
export const larger = (budget: number): number => Math.min(maxTokens, budget * 4)

/** The id of a run, and the tokens an answer may take, as every tool takes them. */
export const runId = z.guid().describe('Id of a run')
export const tokens = z.int().min(500).max(maxTokens).default(4_000).describe('Tokens the answer may take, about')

export type Tool = {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly input: z.ZodObject
  readonly call: (given: unknown) => Promise<CallToolResult>
}

type Given<T extends z.ZodObject> = Omit<Tool, 'input' | 'call'> & {
  readonly input: T
  readonly call: (given: z.output<T>) => Promise<CallToolResult>
}

/** A tool whose `call` is handed what its schema has checked. */
export const tool = <T extends z.ZodObject>({ input, call, ...rest }: Given<T>): Tool => ({
  ...rest,
  input,
  call: async given => call(input.parse(given)),
})
