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
  /** A negative zero is stored as zero, as JSON stores it. */
  readonly float8: (value: number | null) => void
  /** Microseconds since the epoch. */
  readonly timestamptz: (value: bigint) => void
  readonly bytea: (value: Uint8Array) => void
  readonly done: () => Buffer
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** 2000-01-01T00:00:00Z, from where PostgreSQL counts. */
const postgresEpochMicros = 946_684_800_000_000n

/** A buffer that grows. `field` puts the length of a field before what `put` writes at the place it is given. */
const createGrowing = (capacity: number) => {
  let buffer = Buffer.allocUnsafe(capacity)
  let at = signature.copy(buffer)
  const room = (bytes: number): void => {
    if (at + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  const int16 = (value: number): void => {
    room(2)
    at = buffer.writeInt16BE(value, at)
  }
  const nil = (): void => {
    room(4)
    at = buffer.writeInt32BE(-1, at)
  }
  /** `most`: bytes the field may take. `put` returns how many it took. */
  const field = (most: number, put: (into: Buffer, start: number) => number): void => {
    room(4 + most)
    const taken = put(buffer, at + 4)
    buffer.writeInt32BE(taken, at)
    at += 4 + taken
  }
  return { int16, nil, field, written: () => buffer.subarray(0, at) }
}

const endOfRows = -1

export const createRowWriter = (capacity = 1 << 16): RowWriter => {
  const { int16, nil, field, written } = createGrowing(capacity)
  // At most three bytes a UTF-16 unit: room is made once, the length is written afterwards.
  const string = (value: string, version: number | undefined): void =>
    field(1 + value.length * 3, (into, start) => {
      if (version === undefined) return into.write(value, start, 'utf8')
      into[start] = version
      return 1 + into.write(value, start + 1, 'utf8')
    })
  const int8 = (value: bigint): void => field(8, (into, start) => into.writeBigInt64BE(value, start) - start)
  return {
    row: int16,
    uuid: value => (value === null ? nil() : field(16, (into, start) => into.write(value.replaceAll('-', ''), start, 'hex'))),
    text: value => (value === null ? nil() : string(value, undefined)),
    jsonb: value => (value === null ? nil() : string(value, 1)),
    int4: value => (value === null ? nil() : field(4, (into, start) => into.writeInt32BE(value, start) - start)),
    int8: value => (value === null ? nil() : int8(value)),
    float8: value => (value === null ? nil() : field(8, (into, start) => into.writeDoubleBE(value + 0, start) - start)),
    timestamptz: value => int8(value - postgresEpochMicros),
    bytea: value =>
      field(value.length, (into, start) => {
        into.set(value, start)
        return value.length
      }),
    done: () => {
      int16(endOfRows)
      return written()
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
