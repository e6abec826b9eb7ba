import { exportJournal } from '../store/export-queries.ts'
import { withLedger } from './database.ts'
import { ExitError } from './exit.ts'
import { type ExportOptions, scopeFrom } from './export.ts'
import { createSender } from './otlp-sender.ts'
import { createProgress, say } from './output.ts'

export type ReplayOptions = Pick<ExportOptions, 'from' | 'until' | 'agent' | 'status'> & {
  readonly to: string
  readonly header?: readonly string[]
}

/** Sends the journal, as it came, on to another backend that takes OTLP/HTTP. */
export const replay = (runs: readonly string[], { to: target, header = [], ...options }: ReplayOptions): Promise<void> => {
  if (!URL.canParse(target)) throw new ExitError('usage', `--to: expected the URL of a backend, got "${target}"`)
  const headers = Object.fromEntries(header.map(headerFrom))
  return withLedger(async db => {
    const scope = await scopeFrom(db, runs, options)
    const send = createSender(target, headers)
    const progress = createProgress('parts of the journal')
    let parts = 0
    for await (const { signal, payload } of exportJournal(db, scope, undefined)) {
      await send(signal, new Uint8Array(payload))
      progress.at(++parts, undefined)
    }
    progress.end()
    if (parts === 0) throw new ExitError('nothing', 'There is nothing of that in the journal')
    say(`${parts} parts of the journal were sent to ${target}.`)
  })
}

const headerFrom = (text: string): readonly [string, string] => {
  const [, name, value] = /^([^:=\s]+)\s*[:=]\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new ExitError('usage', `--header: expected name: value, got "${text}"`)
  return [name, value]
}
