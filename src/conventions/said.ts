import type { Json } from '../model/json.ts'
import { filesFromArguments, filesFromResult } from './files.ts'
import { givenFrom, type Message } from './messages.ts'
import { planFromCall } from './plan-tools.ts'
import type { CallFacts, RunFacts, Said } from './reading.ts'
import { errorInResult } from './result-error.ts'
import { filled, present } from './value.ts'

/** What a model call says by its output: of several choices the first is the answer, the others are kept as sent. */
export const saidByOutput = ([choice, ...others]: readonly Message[]): Said => ({
  ...present({
    text: choice?.text,
    reasoning: choice?.reasoning,
    calls: filled(choice?.calls),
    results: filled(choice?.results),
    files: filled(choice?.files),
    usage: choice?.finish === undefined ? undefined : { finish: choice.finish },
    captured: choice?.withheld && choice.text === undefined && choice.reasoning === undefined ? (false as const) : undefined,
  }),
  ...(others.length === 0 ? {} : { choices: others.map(m => m.raw) }),
})

/** What an agent's own span tells of its run: the task in the new tail of its input, the answer in its output; their files. */
export const saidByAgent = (inputs: readonly Message[], outputs: readonly Message[], run: RunFacts = {}): Said => {
  const facts = { ...run, ...present({ taskInput: givenFrom(inputs).input, output: outputs.findLast(m => m.text !== undefined)?.text }) }
  return present({ run: filled(facts), files: filled(outputs.flatMap(m => m.files)) })
}

/** Google ADK's id and result of a call that nobody answered: it threw, or was cancelled. */
export const NOTHING = '<not specified>'

const idOf = (id: string | undefined): string | undefined => (id === NOTHING ? undefined : id?.trim() || undefined)

/** What a span or log says of its call, with the plan, the files and the failure that arguments and result tell of. */
export const callFacts = (name: string, id: string | undefined, args: Json | undefined, output: Json | undefined): CallFacts => {
  const files = [...filesFromArguments(name, args), ...filesFromResult(name, output)]
  return {
    ...errorInResult(output),
    ...present({ id: idOf(id), name, arguments: args, output, plan: planFromCall(name, args), files: filled(files) }),
  }
}
