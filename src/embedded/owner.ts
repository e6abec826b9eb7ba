import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import type { Place } from './place.ts'

/** Somebody else works with this data directory. */
export class OwnedError extends Error {
  override readonly name = 'OwnedError'
}

const answerMs = 2_000

/** Makes this process the only one that starts, adopts and stops the Postgres of `place`. Frees itself when the process dies. */
export const takeOwnership = async (place: Place): Promise<{ release: () => void }> => {
  const address = process.platform === 'win32' ? `\\\\.\\pipe\\runledger-${hash(place.root)}` : join(place.socket, 'owner')
  const server = await listen(address).catch(async (error: unknown) => {
    const owner = await ask(address)
    if (owner !== undefined)
      throw new OwnedError(`Process ${owner} already works with ${place.root}. Stop it, or set RUNLEDGER_DATA_DIR to another folder`, {
        cause: error,
      })
    rmSync(address, { force: true })
    return listen(address)
  })
  server.unref()
  return { release: () => server.close() }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

const listen = async (address: string): Promise<Server> => {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.end(String(process.pid))
  })
  server.listen(address)
  await once(server, 'listening')
  return server
}

/** The process id that the owner says, or undefined where nobody listens any more. */
const ask = async (address: string): Promise<string | undefined> => {
  const socket = connect(address)
  socket.setTimeout(answerMs, () => socket.destroy())
  let answer = ''
  try {
    for await (const piece of socket) answer += String(piece)
    return answer === '' ? 'of unknown id' : answer
  } catch {
    return undefined
  }
}
