import { canonical } from './canonical.ts'
import type { Said } from './model-server.ts'
import type { Account } from './run-program.ts'
import { handedOver, pilotAnswer, type ScriptedCall, type Turn } from './script.ts'

type Options = {
  readonly said: readonly Said[]
  readonly account: Account
  /** Models of agents that are tools of another. */
  readonly nested: ReadonlySet<string>
  /** Whether tools run one after the other. */
  readonly inTurn: boolean
  /** False where the instrumentation does not export what the model has thought. */
  readonly reasoning: boolean | 'replayed'
  readonly redacted: string | undefined
}

/**
 * What the rows have to say, a line a step: the answers of the model in their order, each call it asked for, and one result for each call that was
 * carried out. The results of calls that ran at the same time stand in the order of their ids, as in `row-steps.ts`.
 */
export const stepsTold = ({ said, account, nested, inTurn, reasoning, redacted }: Options): readonly string[] => {
  const lines: string[] = []
  const results = createResults(account, redacted)
  const open = new Map<string, readonly ScriptedCall[]>()
  const close = (model: string) => {
    const indent = indentOf(nested, model)
    lines.push(...(open.get(model) ?? []).flatMap(call => results(call).map(line => `${indent}${line}`)).sort())
    open.delete(model)
  }
  for (const { model, turn } of said) {
    close(model)
    const indent = indentOf(nested, model)
    if (turn.fate === 'error') lines.push(`${indent}error ${turn.text}`)
    // No package exports the words of an answer that was broken off.
    if (turn.fate === undefined) lines.push(`${indent}thought ${thoughtOf(turn, reasoning)}`)
    for (const call of turn.calls) {
      if (inTurn) close(model)
      lines.push(`${indent}${callLine(call)}`)
      if (call.name !== 'write_todos') open.set(model, [...(open.get(model) ?? []), call])
    }
    // A conversation that is handed over does not come back.
    if (turn.calls.some(call => call.name.startsWith('transfer_to_'))) close(model)
  }
  for (const model of open.keys()) close(model)
  return lines
}

const indentOf = (nested: ReadonlySet<string>, model: string): string => (nested.has(model) ? '  ' : '')

const thoughtOf = ({ text, reasoning, calls }: Turn, visible: boolean | 'replayed'): string =>
  (visible === 'replayed' ? calls.length > 0 : visible) && reasoning !== undefined ? `${text} (${reasoning})` : text

const callLine = ({ id, name, arguments: args }: ScriptedCall): string =>
  name === 'write_todos' ? `plan ${canonical(args['todos'])}` : `call ${name} ${canonical(args)} ${id}`

/** Each execution is the result of the earliest call of its name and arguments that has none yet. */
const createResults = ({ executions }: Account, redacted: string | undefined) => {
  const left = [...executions]
  return (call: ScriptedCall): readonly string[] => {
    const at = left.findIndex(one => one.name === call.name && canonical(one.arguments) === canonical(call.arguments))
    const [execution] = at === -1 ? [] : left.splice(at, 1)
    if (execution?.error !== undefined) return [`failure of ${call.name} ${call.id}: ${redacted ?? execution.error}`]
    if (execution !== undefined)
      return [`result of ${call.name} ${call.id}: ${typeof execution.output === 'string' ? execution.output : canonical(execution.output)}`]
    if (call.name.startsWith('transfer_to_')) return [`result of ${call.name} ${call.id}: ${handedOver}`]
    // The framework itself carries it out: what comes of it is the other agent's answer.
    return [`result of ${call.name} ${call.id}: ${pilotAnswer}`]
  }
}
