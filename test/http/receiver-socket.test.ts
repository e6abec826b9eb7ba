import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { requestOf, span } from '../otlp/wire.ts'
import { defaultLimits, testReceiver } from './receiver-server.ts'

const head = (...lines: readonly string[]): string =>
  `${['POST /v1/traces HTTP/1.1', 'host: x', 'content-type: application/x-protobuf', ...lines].join('\r\n')}\r\n\r\n`

const open = (port: number): { socket: Socket; text: () => string; errors: string[] } => {
  const socket = connect(port, '127.0.0.1')
  const pieces: string[] = []
  const errors: string[] = []
  socket.on('data', piece => pieces.push(piece.toString('latin1'))).on('error', error => errors.push(error.message))
  return { socket, text: () => pieces.join(''), errors }
}

const until = async (is: () => boolean): Promise<void> => {
  for (let i = 0; i < 200 && !is(); i++) await sleep(10)
  assert.ok(is())
}

const chunk = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

describe('createReceiver on the socket', () => {
  const receiver = testReceiver()
  const scarce = testReceiver({ ...defaultLimits, maxInFlightBytes: 1000 })

  it('takes chunked bodies', async () => {
    const { socket, text } = open(receiver.port)
    const body = requestOf(span())
    socket.write(head('transfer-encoding: chunked'))
    socket.write(chunk(body.subarray(0, 9)))
    await sleep(20)
    socket.write(Buffer.concat([chunk(body.subarray(9)), Buffer.from('0\r\n\r\n')]))
    await until(() => text().startsWith('HTTP/1.1 200'))
    assert.deepEqual(receiver.appended[0]?.payload, body)
    socket.destroy()
  })

  it('lets a sender that is still writing read its 413, and serves the next request on the connection', async () => {
    const { socket, text, errors } = open(receiver.port)
    const piece = chunk(Buffer.alloc(64 * 1024))
    socket.write(head('transfer-encoding: chunked'))
    for (let i = 0; i < 24; i++) {
      socket.write(piece)
      await sleep(1)
    }
    await until(() => text().startsWith('HTTP/1.1 413'))
    socket.write('0\r\n\r\n')
    const body = requestOf(span())
    socket.write(Buffer.concat([Buffer.from(head(`content-length: ${body.length}`)), body]))
    await until(() => text().includes('HTTP/1.1 200'))
    assert.deepEqual(errors, [])
    socket.destroy()
  })

  it('believes a declared length before the body comes', async () => {
    const { socket, text } = open(receiver.port)
    socket.write(head(`content-length: ${2 ** 21}`))
    await until(() => text().startsWith('HTTP/1.1 413'))
    socket.destroy()
  })

  it('stores nothing of a request that is given up, and logs no fault', async () => {
    const { socket } = open(receiver.port)
    socket.write(Buffer.concat([Buffer.from(head('content-length: 1000')), requestOf(span())]))
    await sleep(50)
    socket.destroy()
    await sleep(50)
    assert.deepEqual([receiver.appended, receiver.logged], [[], []])
  })

  it('answers 503 before the body while too many bytes are in flight, and takes them again afterwards', async () => {
    const slow = open(scarce.port)
    slow.socket.write(head('content-length: 900'))
    await sleep(50)
    const second = open(scarce.port)
    second.socket.write(head('content-length: 200'))
    await until(() => second.text().startsWith('HTTP/1.1 503'))
    assert.match(second.text(), /retry-after: \d+/i)
    slow.socket.destroy()
    await sleep(50)
    const third = open(scarce.port)
    third.socket.write(head('content-length: 0'))
    await until(() => third.text().startsWith('HTTP/1.1 200'))
    for (const { socket } of [second, third]) socket.destroy()
  })

  it('serves pipelined requests', async () => {
    const { socket, text } = open(receiver.port)
    const body = requestOf(span())
    const one = Buffer.concat([Buffer.from(head(`content-length: ${body.length}`)), body])
    socket.write(Buffer.concat([one, one]))
    await until(() => text().split('HTTP/1.1 200').length === 3)
    assert.equal(receiver.appended.length, 2)
    socket.destroy()
  })
})
