import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { z } from 'zod'
import type { Signal } from '../model/request.ts'
import { type ExportScope, exportJournal } from '../store/export-queries.ts'
import { ExitError } from './exit.ts'
import { createProgress, say } from './output.ts'
import { progressFile } from './progress-file.ts'

/** The files of an OTLP export, one a signal: messages of different types can't stand in one. */
export const otlpFiles: Readonly<Record<Signal, string>> = { traces: 'traces.otlp', logs: 'logs.otlp' }

const Place = z.object({
  after: z.object({ group: z.string(), day: z.string(), part: z.string() }),
  bytes: z.object({ traces: z.number(), logs: z.number() }),
})

const partsBetweenPlaces = 200

/** Writes the journal as it came into a folder: parts one behind the other are an OTLP file. Holds a few parts. */
export const exportOtlp = async (db: Knex, scope: ExportScope, folder: string, resumes: boolean): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const progress = progressFile(join(folder, 'export.progress'), Place)
  const place = resumes ? progress.read() : undefined
  const files = { traces: openAt(folder, 'traces', place?.bytes.traces), logs: openAt(folder, 'logs', place?.bytes.logs) }
  const shown = createProgress('parts of the journal')
  let parts = 0
  for await (const { payload, signal, ...after } of exportJournal(db, scope, place?.after)) {
    files[signal].append(payload)
    parts += 1
    shown.at(parts, undefined)
    if (parts % partsBetweenPlaces === 0)
      progress.write({
        after: { group: after.group, day: after.day, part: after.part },
        bytes: { traces: files.traces.size(), logs: files.logs.size() },
      })
  }
  shown.end()
  const [traces, logs] = [files.traces.size(), files.logs.size()]
  for (const file of Object.values(files)) file.close()
  progress.done()
  if (traces + logs === 0) throw new ExitError('nothing', 'There is nothing of that in the journal')
  say(`${traces} bytes of traces and ${logs} bytes of logs exported to ${folder}.`)
}

const openAt = (folder: string, signal: Signal, start: number | undefined) => {
  const file = openSync(join(folder, otlpFiles[signal]), start === undefined ? 'w' : 'r+')
  let size = Math.min(start ?? 0, fstatSync(file).size)
  ftruncateSync(file, size)
  return {
    append: (bytes: Buffer): void => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, size + at)
      size += bytes.length
    },
    size: () => size,
    close: () => closeSync(file),
  }
}
