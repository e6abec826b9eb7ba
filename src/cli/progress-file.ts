import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'
import { ExitError } from './exit.ts'

/** Where an export or import has got to, in a file beside the data, until it is done. */
export type ProgressFile<T> = { readonly read: () => T | undefined; readonly write: (place: T) => void; readonly done: () => void }

export const progressFile = <T extends z.ZodType>(path: string, schema: T): ProgressFile<z.infer<T>> => ({
  read: () => {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      throw new ExitError(
        'usage',
        `${path} does not say where it had got to; delete it to begin anew (${cause instanceof Error ? cause.name : ''})`,
      )
    }
  },
  write: place => {
    writeFileSync(`${path}.new`, JSON.stringify(place))
    renameSync(`${path}.new`, path)
  },
  done: () => rmSync(path, { force: true }),
})
