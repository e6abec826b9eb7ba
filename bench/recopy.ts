import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

const tables = ['obs_runs', 'obs_steps', 'obs_artifacts'] as const
const rowsATransaction = 4_096
const headerBytes = 19

type Dump = { readonly table: string; readonly rows: number; readonly chunks: readonly Buffer[] }

/**
 * The yardstick: the seconds in which the very rows a load has produced go by COPY BINARY into empty tables of the same schema,
 * one connection, transactions of 4,096 rows.
 */
export const recopy = async (url: string): Promise<{ readonly seconds: number; readonly rows: number }> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const dumps: Dump[] = []
    for (const table of tables) dumps.push(await dump(client, table))
    await client.query('drop schema if exists recopy cascade; create schema recopy')
    for (const table of tables) await client.query(`create table recopy.${table} (like public.${table} including all)`)
    await client.query(`alter table recopy.obs_steps add foreign key (run_id) references recopy.obs_runs (id) on delete cascade;
      alter table recopy.obs_artifacts add foreign key (run_id, step_id) references recopy.obs_steps (run_id, id) on delete cascade`)
    await client.query('checkpoint')
    const started = performance.now()
    for (const { table, chunks } of dumps)
      for (const chunk of chunks)
        await pipeline(Readable.from([chunk]), client.query(copyFrom(`copy recopy.${table} from stdin (format binary)`)))
    const seconds = (performance.now() - started) / 1_000
    await client.query('drop schema recopy cascade')
    return { seconds, rows: dumps.reduce((n, d) => n + d.rows, 0) }
  } finally {
    await client.end()
  }
}

const dump = async (client: pg.Client, table: string): Promise<Dump> => {
  const pieces: Buffer[] = []
  for await (const piece of client.query(copyTo(`copy public.${table} to stdout (format binary)`))) pieces.push(piece)
  return { table, ...split(Buffer.concat(pieces)) }
}

// Each COPY is a transaction of its own: the dump is cut at tuple borders, each cut a whole COPY stream.
const split = (all: Buffer): { readonly rows: number; readonly chunks: readonly Buffer[] } => {
  const header = all.subarray(0, headerBytes)
  const trailer = Buffer.from([0xff, 0xff])
  const chunks: Buffer[] = []
  let rows = 0
  let from = headerBytes
  let at = headerBytes
  for (let fields = all.readInt16BE(at); fields !== -1; fields = all.readInt16BE(at)) {
    at += 2
    for (let i = 0; i < fields; i++) at += 4 + Math.max(0, all.readInt32BE(at))
    rows += 1
    if (rows % rowsATransaction === 0) {
      chunks.push(Buffer.concat([header, all.subarray(from, at), trailer]))
      from = at
    }
  }
  if (at > from) chunks.push(Buffer.concat([header, all.subarray(from, at), trailer]))
  return { rows, chunks }
}
