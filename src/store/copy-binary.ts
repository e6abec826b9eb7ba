import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Knex } from 'knex'
import { from as copyFrom } from 'pg-copy-streams'

/** Writes the fields of rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"). */
export type RowWriter = {
  readonly row: (fields: number) => void
  readonly uuid: (value: string | null) => void
  readonly text: (value: string | null) => void
  /** JSON text, stored as jsonb. */
  readonly jsonb: (value: string | null) => void
  readonly int4: (value: number | null) => void
  readonly int8: (value: bigint | null) => void
  readonly float8: (value: number | null) => void
  /** Microseconds since the epoch. */
  readonly timestamptz: (value: bigint) => void
  readonly bytea: (value: Uint8Array) => void
  readonly done: () => Buffer
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** 2000-01-01T00:00:00Z, from where PostgreSQL counts. */
const postgresEpochMicros = 946_684_800_000_000n

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one closure over one buffer, a line or two a type
export const createRowWriter = (capacity = 1 << 16): RowWriter => {
  let buffer = Buffer.allocUnsafe(capacity)
  let at = signature.copy(buffer)
  const room = (bytes: number): void => {
    if (at + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  const nil = (): void => {
    room(4)
    at = buffer.writeInt32BE(-1, at)
  }
  const sized = (bytes: number): void => {
    room(4 + bytes)
    at = buffer.writeInt32BE(bytes, at)
  }
  const string = (value: string, prefix: number): void => {
    // At most three bytes a UTF-16 unit: room is made once, the length is written afterwards.
    room(5 + value.length * 3)
    const written = buffer.write(value, at + 4 + prefix, 'utf8')
    buffer.writeInt32BE(written + prefix, at)
    if (prefix === 1) buffer[at + 4] = 1
    at += 4 + prefix + written
  }
  return {
    row: fields => {
      room(2)
      at = buffer.writeInt16BE(fields, at)
    },
    uuid: value => {
      if (value === null) return nil()
      sized(16)
      at += buffer.write(value.replaceAll('-', ''), at, 'hex')
    },
    text: value => (value === null ? nil() : string(value, 0)),
    jsonb: value => (value === null ? nil() : string(value, 1)),
    int4: value => {
      if (value === null) return nil()
      sized(4)
      at = buffer.writeInt32BE(value, at)
    },
    int8: value => {
      if (value === null) return nil()
      sized(8)
      at = buffer.writeBigInt64BE(value, at)
    },
    float8: value => {
      if (value === null) return nil()
      sized(8)
      at = buffer.writeDoubleBE(value, at)
    },
    timestamptz: value => {
      sized(8)
      at = buffer.writeBigInt64BE(value - postgresEpochMicros, at)
    },
    bytea: value => {
      sized(value.length)
      buffer.set(value, at)
      at += value.length
    },
    done: () => {
      room(2)
      at = buffer.writeInt16BE(-1, at)
      return buffer.subarray(0, at)
    },
  }
}

const chunkBytes = 1 << 18

/** Copies `rows` (of a RowWriter) into a table on the connection of a transaction. `target`: `table (columns)`. */
export const copyBinary = async (trx: Knex, target: string, rows: Buffer): Promise<void> => {
  const connection = await trx.client.acquireConnection()
  const chunks = function* (): Generator<Buffer> {
    for (let at = 0; at < rows.length; at += chunkBytes) yield rows.subarray(at, at + chunkBytes)
  }
  await pipeline(Readable.from(chunks()), connection.query(copyFrom(`copy ${target} from stdin (format binary)`)))
}
