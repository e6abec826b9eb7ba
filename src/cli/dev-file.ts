import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** How people and scripts find a running `dev`. */
export const DevFile = z.object({
  pid: z.number(),
  api: z.string(),
  otlp: z.string(),
  /** `host:port` of OTLP/gRPC. */
  grpc: z.string().optional(),
  /** Connection string for `pg` and `psql`. */
  database: z.string(),
  /** Folder of the embedded Postgres' data, where there is one. */
  data: z.string().optional(),
})
export type DevFile = z.infer<typeof DevFile>

const pathIn = (dataDir: string): string => join(dataDir, 'dev.json')

/** Readable by us alone, and whole from the moment it is there. */
export const writeDevFile = (dataDir: string, content: DevFile): void => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unfinished = `${pathIn(dataDir)}.${process.pid}`
  writeFileSync(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  chmodSync(unfinished, 0o600)
  renameSync(unfinished, pathIn(dataDir))
}

/** Only our own: another process may have written one since. */
export const removeDevFile = (dataDir: string): void => {
  try {
    if (DevFile.parse(JSON.parse(readFileSync(pathIn(dataDir), 'utf8'))).pid === process.pid) rmSync(pathIn(dataDir))
  } catch {
    // Gone already, or not ours to judge.
  }
}
