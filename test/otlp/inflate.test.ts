import assert from 'node:assert/strict'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { inflate } from '../../src/otlp/index.ts'

const MIB = 2 ** 20
const plain = Buffer.from('hello '.repeat(1000))
const gzip = gzipSync(plain)
const zstd = zstdCompressSync(plain)

describe('inflate', () => {
  it('gives back what was compressed, two gzip members too, and nothing for nothing', async () => {
    assert.deepEqual(await inflate(plain, 'identity', MIB), plain)
    assert.deepEqual(await inflate(gzip, 'gzip', MIB), plain)
    assert.deepEqual(await inflate(zstd, 'zstd', MIB), plain)
    assert.deepEqual(await inflate(Buffer.concat([gzip, gzip]), 'gzip', MIB), Buffer.concat([plain, plain]))
    assert.equal((await inflate(Buffer.alloc(0), 'gzip', MIB)).length, 0)
  })

  it('takes a body of exactly the limit and refuses one byte more', async () => {
    for (const [body, encoding] of [
      [plain, 'identity'],
      [gzip, 'gzip'],
      [zstd, 'zstd'],
    ] as const) {
      assert.equal((await inflate(body, encoding, plain.length)).length, plain.length)
      await assert.rejects(inflate(body, encoding, plain.length - 1), {
        name: 'PermanentError',
        status: 413,
        message: /RUNLEDGER_MAX_BODY_BYTES/,
      })
    }
  })

  it('refuses what is cut short, not of the encoding, or followed by other bytes', async () => {
    const garbage = Buffer.from('garbage')
    for (const [body, encoding] of [
      [gzip, 'gzip'],
      [zstd, 'zstd'],
    ] as const) {
      for (const bad of [body.subarray(0, -3), plain, Buffer.concat([body, garbage]), Buffer.concat([body, Buffer.alloc(9)])]) {
        await assert.rejects(inflate(bad, encoding, MIB), { name: 'PermanentError', status: 400 })
      }
    }
  })

  it('stops a bomb at the limit with flat memory, whatever its trailer says', async () => {
    const member = gzipSync(Buffer.alloc(50 * MIB))
    const bomb = Buffer.concat(Array.from({ length: 30 }, () => member))
    const liar = Buffer.from(member)
    liar.writeUInt32LE(0xffffffff, liar.length - 4)
    const before = process.memoryUsage.rss()
    await assert.rejects(inflate(bomb, 'gzip', 64 * MIB), { status: 413 })
    await assert.rejects(inflate(liar, 'gzip', 64 * MIB), { name: 'PermanentError' })
    assert.ok(process.memoryUsage.rss() - before < 200 * MIB)
  })
})
