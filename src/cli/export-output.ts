import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { progressFile } from './progress-file.ts'

/** Where text goes, and how far it had got where it goes on. */
export type Output = {
  readonly after: string | undefined
  readonly done: number
  readonly write: (text: string) => Promise<void>
  /** Everything up to this run is written. */
  readonly reached: (run: string, done: number) => void
  readonly finish: () => void
}

const Place = z.object({ after: z.string(), done: z.number(), bytes: z.number() })

/** stdout, or a file with its progress beside it (`….progress`) until it is whole. */
export const openOutput = (path: string | undefined, resumes: boolean): Output => (path === undefined ? stdout : fileOutput(path, resumes))

const stdout: Output = {
  after: undefined,
  done: 0,
  write: text => new Promise((resolve, reject) => process.stdout.write(text, error => (error == null ? resolve() : reject(error)))),
  reached: () => undefined,
  finish: () => undefined,
}

const fileOutput = (path: string, resumes: boolean): Output => {
  const progress = progressFile(`${path}.progress`, Place)
  const place = resumes ? progress.read() : undefined
  const file = openSync(path, place === undefined ? 'w' : 'r+')
  let bytes = Math.min(place?.bytes ?? 0, fstatSync(file).size)
  // What was written behind the last place is written again.
  ftruncateSync(file, bytes)
  return {
    after: place?.after,
    done: place?.done ?? 0,
    write: async text => {
      const data = Buffer.from(text)
      for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at, bytes + at)
      bytes += data.length
    },
    reached: (after, done) => progress.write({ after, done, bytes }),
    finish: () => {
      closeSync(file)
      progress.done()
    },
  }
}
