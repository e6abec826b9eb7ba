import { existsSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { Signal } from '../model/request.ts'
import { bearer, type ClientOptions, createClient } from './client.ts'
import { ExitError } from './exit.ts'
import { otlpFiles } from './export-otlp.ts'
import { otlpChunks } from './otlp-file.ts'
import { createSender, type Send } from './otlp-sender.ts'
import { createProgress, say } from './output.ts'
import { progressFile } from './progress-file.ts'

export type ImportOptions = ClientOptions & { readonly signal?: string; readonly resume?: boolean }

/** Sends files of OTLP messages, or the folders of an export, to the running server. Sending one again changes nothing. */
export const importFiles = async (paths: readonly string[], options: ImportOptions): Promise<void> => {
  const client = createClient(options)
  const send = createSender(client.otlp, bearer(client.ingestToken))
  const files = paths.flatMap(path => filesOf(path, options.signal))
  for (const { path, signal } of files) await importFile(path, signal, send, options.resume === true)
}

const signals: readonly Signal[] = ['traces', 'logs']

const filesOf = (path: string, signal: string | undefined): readonly { readonly path: string; readonly signal: Signal }[] => {
  if (!existsSync(path)) throw new ExitError('nothing', `There is no file ${path}`)
  if (statSync(path).isDirectory()) {
    const found = signals.map(it => ({ path: join(path, otlpFiles[it]), signal: it })).filter(it => existsSync(it.path))
    if (found.length === 0) throw new ExitError('nothing', `Expected ${otlpFiles.traces} or ${otlpFiles.logs} in ${path}`)
    return found
  }
  const said = signals.find(it => it === signal) ?? signals.find(it => basename(path).startsWith(it))
  if (said === undefined) throw new ExitError('usage', `--signal: expected traces or logs, for ${path} does not say it`)
  return [{ path, signal: said }]
}

const Place = z.object({ bytes: z.number().int() })

const importFile = async (path: string, signal: Signal, send: Send, resumes: boolean): Promise<void> => {
  const progress = progressFile(`${path}.import-progress`, Place)
  const start = resumes ? (progress.read()?.bytes ?? 0) : 0
  const total = statSync(path).size
  const shown = createProgress(`bytes of ${path}`)
  const file = await open(path)
  try {
    for await (const { bytes, end } of otlpChunks(file, start)) {
      await send(signal, bytes)
      progress.write({ bytes: end })
      shown.at(end, total)
    }
  } finally {
    await file.close()
    shown.end()
  }
  progress.done()
  say(`${total - start} bytes of ${signal} imported from ${path}.`)
}
