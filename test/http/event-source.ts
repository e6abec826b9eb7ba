import type { EventName } from '../../src/model/event.ts'
import { eventData } from '../../src/model/event.ts'

export type Received = { readonly event: EventName; readonly data: unknown; readonly id?: number }

export type TestSource = {
  readonly response: Response
  /** Everything that came, comments too. */
  readonly raw: () => string
  /** Events up to the first of that name, taken off the stream. */
  readonly until: (event: EventName) => Promise<readonly Received[]>
  /** Resolves when the server ends the stream. */
  readonly ended: () => Promise<void>
  readonly close: () => void
}

const isName = (text: string): text is EventName => Object.hasOwn(eventData, text)

/** Opens a stream and reads it as the standard says. */
export const openSource = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<TestSource> => {
  const gone = new AbortController()
  const response = await fetch(url, { headers, signal: gone.signal, redirect: 'manual' })
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  const waiting: Received[] = []
  let raw = ''
  let rest = ''
  const more = async (): Promise<boolean> => {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) return false
    const text = decoder.decode(value, { stream: true })
    raw += text
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    waiting.push(...blocks.flatMap(received))
    return true
  }
  return {
    response,
    raw: () => raw,
    until: async event => {
      for (;;) {
        const at = waiting.findIndex(it => it.event === event)
        if (at >= 0) return waiting.splice(0, at + 1)
        if (!(await more())) throw new Error(`Expected ${event}, got the end after ${JSON.stringify(waiting)}`)
      }
    },
    ended: async () => {
      while (await more());
    },
    close: () => gone.abort(),
  }
}

const received = (block: string): readonly Received[] => {
  const fields = new Map(
    block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).replace(/^ /, '')]),
  )
  const event = fields.get('event')
  if (event === undefined || !isName(event)) return []
  const id = fields.get('id')
  const data: unknown = JSON.parse(fields.get('data') ?? 'null')
  return [id === undefined ? { event, data } : { event, data, id: Number(id) }]
}

type Message = { readonly event?: EventName; readonly data?: unknown; readonly id?: string }

/** Every message of a stream as it comes, also those that only move the cursor; ends with the stream, throws when it is cut off. */
export async function* readEvents(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<Message> {
  const response = await fetch(url, { headers, signal })
  let rest = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const id = /^id: (\d+)$/m.exec(block)?.[1]
      const [event] = received(block)
      yield { ...(id === undefined ? {} : { id }), ...(event === undefined ? {} : { event: event.event, data: event.data }) }
    }
  }
}
