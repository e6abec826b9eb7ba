import type { Json } from '../model/json.ts'
import { isArray, isObject, member } from './value.ts'

/** Whether a result says that its call failed; `errorInferred`: only its shape says so. */
export type ResultError = { readonly isError?: boolean; readonly errorInferred?: true }

const failing = /^\s*(Error:|Unknown tool name: |Error executing |Error in tool |Tool execution failed)/

/** MCP's and LangChain's marks are believed; `{"error": …}` alone, complaints about arguments and texts that begin with an error are a guess, and say so. */
export const errorInResult = (output: Json | undefined): ResultError => {
  if (member(output, 'isError') === true || (member(output, 'status') === 'error' && member(output, 'content') !== undefined))
    return { isError: true }
  return isErrorAlone(output) || isInvalid(output) || (typeof output === 'string' && failing.test(output))
    ? { isError: true, errorInferred: true }
    : {}
}

// What Pydantic says of arguments that don't fit: the call was never made.
const isInvalid = (output: Json | undefined): boolean =>
  isArray(output) && output.length > 0 && output.every(one => isArray(member(one, 'loc')) && ['msg', 'type'].every(key => member(one, key)))

const isErrorAlone = (output: Json | undefined): boolean =>
  isObject(output) && Object.keys(output).length === 1 && Boolean(member(output, 'error'))
