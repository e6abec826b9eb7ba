import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Listener, listen } from '../src/listener.ts'

describe('listen', () => {
  let listener: Listener
  before(async () => {
    const waits = { headersMs: 100, requestMs: 100, checkMs: 50 }
    listener = await listen((request, response) => request.resume().on('end', () => response.end('whole')), '127.0.0.1', 0, 10, waits)
  })
  after(() => listener.close(0))

  const answerTo = async (sent: string): Promise<string> => {
    const socket = connect(Number(new URL(listener.url).port), '127.0.0.1')
    const pieces: string[] = []
    socket.on('data', piece => pieces.push(piece.toString('latin1'))).on('error', () => undefined)
    socket.write(sent)
    await once(socket, 'close')
    return pieces.join('')
  }

  it('cuts off a request that takes too long, with no word: a Collector would drop what is answered with 408', async () => {
    assert.equal(await answerTo('POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nfew'), '')
    assert.equal(await answerTo('POST /v1/traces HTTP/1.1\r\nhost: x\r\n'), '')
  })

  it('answers what is no HTTP with 400, and headers beyond measure with 431', async () => {
    assert.match(await answerTo('what?\r\n\r\n'), /^HTTP\/1.1 400 /)
    assert.match(await answerTo(`GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1.1 431 /)
  })
})
