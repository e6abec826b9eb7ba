import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Package = z.object({ version: z.string() })

/** This package's version. Its file lies one folder higher when built. */
export const packageVersion = (): string => {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      return Package.parse(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))).version
    } catch {
      // Not here.
    }
  }
  return 'unknown'
}
