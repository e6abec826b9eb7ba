import { setTimeout as sleep } from 'node:timers/promises'
import type { Signal } from '../model/request.ts'
import { ExitError } from './exit.ts'

/** Sends OTLP bodies to one receiver. Resolves when they are taken; tries again where that may help. Throws ExitError else. */
export type Send = (signal: Signal, body: Uint8Array<ArrayBuffer>, type?: string, encoding?: string) => Promise<string>

const attempts = 8
const firstPauseMs = 250
const maxPauseMs = 10_000
const retried = [429, 502, 503, 504]

/** `base`: the URL below which /v1/traces and /v1/logs are. Returns what the receiver said. */
export const createSender =
  (base: string, headers: Readonly<Record<string, string>>): Send =>
  async (signal, body, type = 'application/x-protobuf', encoding = 'identity') => {
    const url = `${base.replace(/\/+$/, '')}/v1/${signal}`
    const coding: Record<string, string> = encoding === 'identity' ? {} : { 'content-encoding': encoding }
    for (let attempt = 1; ; attempt += 1) {
      const init = { method: 'POST', headers: { 'content-type': type, ...coding, ...headers }, body }
      const answer = await fetch(url, init).catch((error: unknown) => error)
      if (answer instanceof Response && answer.ok) return answer.text()
      if (!mayPass(answer) || attempt === attempts) throw new ExitError(codeOf(answer), `${url} did not take it: ${await whyOf(answer)}`)
      await sleep(Math.min(maxPauseMs, firstPauseMs * 2 ** (attempt - 1)))
    }
  }

const mayPass = (answer: unknown): boolean => !(answer instanceof Response) || retried.includes(answer.status)

const whyOf = async (answer: unknown): Promise<string> => {
  if (answer instanceof Response) return `${answer.status} ${(await answer.text()).slice(0, 300)}`
  if (!(answer instanceof Error)) return String(answer)
  return answer.cause instanceof Error ? answer.cause.message : answer.message
}

const codeOf = (answer: unknown): ConstructorParameters<typeof ExitError>[0] => {
  if (!(answer instanceof Response) || mayPass(answer)) return 'unreachable'
  return answer.status === 401 || answer.status === 403 ? 'auth' : 'unexpected'
}
