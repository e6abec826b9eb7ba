import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { encodeStatus, encodeSuccess } from '../../src/otlp/index.ts'

/** What is answered to the next request; `cut`: nothing, the connection is closed. */
export type Answer = { readonly status: number; readonly retryAfterS?: number; readonly partial?: number } | 'cut'

/** Stands in the place of runledger for answers that it cannot be made to give. */
export type Answerer = {
  readonly url: string
  /** Answers the next request so, all behind it with 200. */
  readonly answerNext: (answer: Answer) => void
  /** Every request since then: its method and when it came, in ms. */
  readonly seen: () => readonly { readonly method: string; readonly at: number }[]
  readonly close: () => Promise<void>
}

export const startAnswerer = async (): Promise<Answerer> => {
  let next: Answer | undefined
  let seen: { method: string; at: number }[] = []
  const server = createServer(async (request, response) => {
    await consumed(request)
    seen.push({ method: request.method ?? '', at: Date.now() })
    const answer = next
    next = undefined
    if (answer === 'cut') request.socket.destroy()
    else reply(response, answer ?? { status: 200 })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    answerNext: answer => {
      next = answer
      seen = []
    },
    seen: () => seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const consumed = async (request: IncomingMessage): Promise<void> => {
  for await (const _ of request);
}

// As runledger words its answers: the very encoders.
const reply = (response: ServerResponse, { status, retryAfterS, partial }: Exclude<Answer, 'cut'>): void => {
  const success = encodeSuccess(
    'traces',
    'protobuf',
    partial === undefined ? undefined : { rejected: partial, message: 'refused by the test' },
  )
  const body = status === 200 ? success : encodeStatus('protobuf', { code: 2, message: 'scripted' })
  response.writeHead(status, {
    'content-type': 'application/x-protobuf',
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) }),
    ...(status === 302 ? { location: '/elsewhere' } : {}),
  })
  response.end(body)
}
