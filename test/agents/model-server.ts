import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { z } from 'zod'
import { chatAnswer, chatChunks } from './chat-answer.ts'
import { geminiAnswer } from './gemini-answer.ts'
import { responseAnswer, responseEvents } from './response-answer.ts'
import { type Turn, turnDue } from './script.ts'

/** What the model said, in the order in which it was asked. */
export type Said = { readonly model: string; readonly turn: Turn; readonly api: Api }

export type Api = 'chat' | 'responses' | 'gemini'

export type ModelServer = {
  /** Base URL for an OpenAI client: with `/v1`. */
  readonly url: string
  readonly said: readonly Said[]
  /** Requests nobody has scripted, which a test must find empty. */
  readonly unexpected: readonly string[]
  readonly stop: () => Promise<void>
}

const Asked = z.object({ model: z.string(), stream: z.boolean().optional() })
const apis: Readonly<Record<string, Api>> = { '/v1/chat/completions': 'chat', '/v1/responses': 'responses' }
const geminiPath = /\/models\/([^/:]+):generateContent$/

/** Which API a request speaks, and what it asks of it. Gemini's has the model in its path. */
const askedOf = (url: string, body: string) => {
  const model = geminiPath.exec(url)?.[1]
  if (model !== undefined) return { api: 'gemini' as const, model, stream: false }
  const api = apis[url]
  return api === undefined ? undefined : { api, ...Asked.parse(JSON.parse(body)) }
}

const answers = { chat: chatAnswer, responses: responseAnswer, gemini: geminiAnswer }

/** A model on loopback that speaks OpenAI's chat completions and responses, streamed or not, and Gemini's `generateContent`, and says what `script.ts` tells it to. */
export const startModelServer = async (): Promise<ModelServer> => {
  const said: Said[] = []
  const unexpected: string[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await readText(request)
    const asked = askedOf(request.url ?? '', body)
    const turn = asked === undefined ? undefined : turnDue(asked.model, body)
    if (asked === undefined || turn === undefined) {
      unexpected.push(`${request.method} ${request.url} ${body}`)
      return refuse(response, `nothing is scripted for ${request.method} ${request.url} ${asked?.model}`)
    }
    const { model, api } = asked
    const one = { model, turn, id: `${api}-${said.length + 1}` }
    said.push({ model, turn, api })
    if (turn.fate === 'error') return refuse(response, turn.text)
    if (asked.stream === true) return stream(response, turn, api === 'chat' ? chatChunks(one) : responseEvents(one))
    if (turn.fate === 'hang') return
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answers[api](one)))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      unexpected.push(String(error))
      refuse(response, String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected the model to listen on a port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    said,
    unexpected,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const refuse = (response: ServerResponse, message: string): void => {
  response.writeHead(400, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', code: 'scripted', param: null } }))
}

const stream = (response: ServerResponse, turn: Turn, frames: readonly string[]): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  // A turn that hangs has said its first words and nothing of its end.
  if (turn.fate === 'hang') response.write(frames.slice(0, -3).join(''))
  else response.end(frames.join(''))
}
