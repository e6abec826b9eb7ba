import http from 'node:http'

/** Readers of events, in a process of their own so that what it takes to read is not counted as the server's. Told what to do, and tells, by messages. */

export type ReadingOrder =
  | { readonly kind: 'open'; readonly url: string; readonly readers: number }
  | { readonly kind: 'count' }
  | { readonly kind: 'close' }
/** Answers each order once it is done: `open` when every reader has its answer. `frames` are those of all readers since `open`. */
export type Read = { readonly kind: ReadingOrder['kind']; readonly frames: number }

const mark = Buffer.from('event: ')
const open = new Set<http.ClientRequest>()
let frames = 0

const count = (chunk: Buffer): void => {
  for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + mark.length)) frames += 1
}

const connect = (url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, response => {
      if (response.statusCode !== 200) return reject(new Error(`A reader was answered ${response.statusCode}`))
      response.on('data', count)
      response.on('error', () => undefined)
      resolve()
    })
    request.on('error', reject)
    open.add(request)
  })

const follow = async (order: ReadingOrder): Promise<void> => {
  if (order.kind === 'open') {
    frames = 0
    await Promise.all(Array.from({ length: order.readers }, () => connect(order.url)))
  }
  if (order.kind === 'close') {
    for (const request of open) request.destroy()
    open.clear()
  }
  process.send?.({ kind: order.kind, frames } satisfies Read)
}

process.on('message', (order: ReadingOrder) => void follow(order))
process.on('disconnect', () => process.exit())
