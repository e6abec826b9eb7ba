import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

/** Keeps each request that comes for `target` in `folder` and hands it on. For whoever wants the payloads of a run: `RUNLEDGER_AGENTS_CAPTURES`. */
export const startTap = async (target: string, folder: string): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let count = 0
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    count += 1
    const type = request.headers['content-type'] ?? ''
    const encoding = request.headers['content-encoding']
    const name = `${String(count).padStart(3, '0')}-${request.url?.split('/').at(-1)}.${type.includes('json') ? 'json' : 'pb'}`
    writeFileSync(join(folder, encoding === undefined ? name : `${name}.${encoding}`), body)
    const headers = { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) }
    const answer = await fetch(`${target}${request.url}`, { method: 'POST', headers, body: new Uint8Array(body) })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected the tap to listen on a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
