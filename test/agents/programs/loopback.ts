import { Socket } from 'node:net'

const connect = Socket.prototype.connect
const hosts: ReadonlySet<unknown> = new Set(['127.0.0.1', '::1', 'localhost'])

/** Loaded before a program: whatever it wants beyond loopback (a vendor's usage statistics) finds no network. */
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const [first] = args.flat()
  const host = typeof first === 'object' && first !== null && 'host' in first ? first.host : '127.0.0.1'
  if (hosts.has(host)) return Reflect.apply(connect, this, args)
  setImmediate(() => this.destroy(new Error(`Expected a host on loopback, got ${host}`)))
  return this
}
