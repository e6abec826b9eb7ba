import { type Quarantined, QuarantinedWhole, QuarantinePage } from '../model/api/quarantine.ts'
import { bearer, type Client, type ClientOptions, createClient, resolveRun } from './client.ts'
import { ExitError } from './exit.ts'
import { createSender } from './otlp-sender.ts'
import { ago, isTerminal, plain, print, printJson, table } from './output.ts'

export type QuarantineOptions = ClientOptions & { readonly json?: boolean; readonly run?: string; readonly limit?: string }

const pageSize = 500

/** Lists what was refused, newest first. */
export const listQuarantine = async (options: QuarantineOptions): Promise<void> => {
  const client = createClient(options)
  const limit = Number(options.limit ?? 50)
  if (!Number.isInteger(limit) || limit < 1) throw new ExitError('usage', `-n: expected a number, got "${options.limit}"`)
  const run = options.run === undefined ? {} : { run: await resolveRun(client, options.run) }
  const items: Quarantined[] = []
  for (let cursor: string | null | undefined; cursor !== null && items.length < limit; ) {
    const query = new URLSearchParams({
      ...run,
      limit: String(Math.min(pageSize, limit - items.length)),
      ...(cursor === undefined ? {} : { cursor }),
    })
    const page: QuarantinePage = await client.get(`/api/quarantine?${query}`, QuarantinePage)
    items.push(...page.items)
    cursor = page.next
  }
  if (items.length === 0) throw new ExitError('nothing', 'Nothing was refused')
  if (!isTerminal(options.json)) for (const item of items) await printJson(item)
  else
    await print(
      table(
        ['ID', 'LAST', 'TIMES', 'SIGNAL', 'BYTES', 'RUN', 'REASON'],
        items.map(item => [
          { text: item.id, right: true },
          { text: ago(item.last_at), right: true },
          { text: String(item.times), right: true },
          { text: item.signal },
          { text: String(item.bytes), right: true },
          { text: item.run_id?.slice(0, 8) ?? '' },
          { text: plain(item.reason) },
        ]),
      ),
    )
}

const wholeOf = (client: Client, id: string): Promise<QuarantinedWhole> =>
  client.get(`/api/quarantine/${encodeURIComponent(id)}`, QuarantinedWhole)

/** Shows one refused item: why, and its bytes; `raw` its bytes alone, as they came. */
export const showQuarantined = async (id: string, options: QuarantineOptions & { readonly raw?: boolean }): Promise<void> => {
  const item = await wholeOf(createClient(options), id)
  const bytes = Buffer.from(item.payload, 'base64')
  if (options.raw === true) process.stdout.write(bytes)
  else if (!isTerminal(options.json)) await printJson(item)
  else
    await print(
      [
        `${item.id}  ${item.signal}, ${item.bytes} bytes, ${item.times} times, last ${item.last_at}`,
        plain(item.reason),
        '',
        hexDump(bytes),
      ].join('\n'),
    )
}

const shownBytes = 512

const hexDump = (bytes: Buffer): string => {
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, shownBytes); at += 16) {
    const row = bytes.subarray(at, at + 16)
    const hex = [...row].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${[...row].map(byte => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')}`,
    )
  }
  return [...lines, ...(bytes.length > shownBytes ? [`… ${bytes.length - shownBytes} more bytes (--raw gives them all)`] : [])].join('\n')
}

/** Sends refused requests and items once more: a newer runledger, or other limits, may take them. The server says of each what came of it. */
export const replayQuarantined = async (ids: readonly string[], options: QuarantineOptions): Promise<void> => {
  const client = createClient(options)
  const send = createSender(client.otlp, bearer(client.ingestToken))
  for (const id of ids) {
    const item = await wholeOf(client, id)
    const { body, type, encoding } = requestOf(item)
    const said = await send(item.signal === 'logs' ? 'logs' : 'traces', body, type, encoding)
    const answer =
      type === 'application/json'
        ? said
        : Buffer.from(said).length === 0
          ? 'taken whole'
          : 'answered with a partial success: look at `runledger quarantine list`'
    await (isTerminal(options.json) ? print(`${id}: ${answer}`) : printJson({ id, answer }))
  }
}

type Replayed = { readonly body: Uint8Array<ArrayBuffer>; readonly type: string; readonly encoding: string }

const requestOf = ({ signal, reason, payload }: QuarantinedWhole): Replayed => {
  const bytes = new Uint8Array(Buffer.from(payload, 'base64'))
  const [, type, encoding] = /^The request could not be sorted .*\((protobuf|json), (identity|gzip|zstd)\)$/.exec(reason) ?? []
  if (type !== undefined && encoding !== undefined)
    return { body: bytes, type: type === 'json' ? 'application/json' : 'application/x-protobuf', encoding }
  if (reason.startsWith('The mapping could not read it'))
    throw new ExitError('usage', 'Its facts are in the journal: `runledger rebuild` reads them again, with the mapping of this version')
  if (bytes[0] === 0x7b)
    return {
      body: new Uint8Array(Buffer.from(jsonRequest(signal, Buffer.from(bytes).toString()))),
      type: 'application/json',
      encoding: 'identity',
    }
  // A resource without attributes, a scope without a name, and the item as it came: field 2 of ScopeSpans and of ScopeLogs.
  const scope = field(2, bytes)
  return { body: field(1, field(2, scope)), type: 'application/x-protobuf', encoding: 'identity' }
}

const jsonRequest = (signal: string, item: string): string =>
  signal === 'logs'
    ? `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${item}]}]}]}`
    : `{"resourceSpans":[{"scopeSpans":[{"spans":[${item}]}]}]}`

const field = (number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const size: number[] = []
  for (let n = bytes.length; ; n = Math.floor(n / 128)) {
    size.push(n < 128 ? n : (n & 0x7f) | 0x80)
    if (n < 128) break
  }
  return new Uint8Array([(number << 3) | 2, ...size, ...bytes])
}
