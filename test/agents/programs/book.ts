import { writeFileSync } from 'node:fs'
import { chart } from '../script.ts'

/** One execution of a tool, as the tool itself saw it. */
export type Execution = { readonly name: string; readonly arguments: unknown; readonly output?: unknown; readonly error?: string }

/** What the agent says it did, kept without any instrumentation. */
export type Account = {
  readonly task: string
  readonly executions: readonly Execution[]
  readonly answer?: string
  readonly failure?: string
}

export const task = 'When can I enter Bergen, and have I got a berth for two nights?'

const executions: Execution[] = []
let bookings = 0

const keep = async (name: string, args: unknown, work: () => unknown): Promise<unknown> => {
  // A tool takes its time, or two parallel ones would not overlap.
  await new Promise(resolve => setTimeout(resolve, 15))
  try {
    const output = work()
    executions.push({ name, arguments: args, output })
    return output
  } catch (error) {
    executions.push({ name, arguments: args, error: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

/** The tools of every agent here. The first booking fails. */
export const tools = {
  look_up_tide: (args: { port: string }) => keep('look_up_tide', args, () => ({ port: args.port, high_water: '06:40', metres: 1.4 })),
  book_berth: (args: { port: string; nights: number }) =>
    keep('book_berth', args, () => {
      bookings += 1
      if (bookings === 1) throw new Error('503 harbour office unavailable')
      return { berth: 14, nights: args.nights }
    }),
  read_chart: (args: { area: string }) => keep('read_chart', args, () => chart),
}

/** Runs the agent and writes its account to the file that `ACCOUNT` names. `agent` resolves to its answer. */
export const keepAccount = async (agent: () => Promise<string | undefined>): Promise<void> => {
  let end: Pick<Account, 'answer' | 'failure'>
  try {
    const answer = await agent()
    end = answer === undefined ? {} : { answer }
  } catch (error) {
    end = { failure: error instanceof Error ? error.message : String(error) }
  }
  const account: Account = { task, executions, ...end }
  writeFileSync(environment('ACCOUNT'), JSON.stringify(account, null, 2))
}

export const environment = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`Expected ${name} in the environment`)
  return value
}
