#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { z } from 'zod'
import { ExitError, exitCodes } from './cli/exit.ts'
import { createProgram } from './cli/program.ts'
import { SettingsError } from './config.ts'

// `dev` and `serve` stop in order and say so by 0; everything else is cut off.
const serving = ['dev', 'serve']
const isServing = process.argv.slice(2).some(argument => serving.includes(argument))
if (!isServing) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(exitCodes.cancelled))

try {
  await createProgram(versionOf()).parseAsync()
  process.exit(exitCodes.ok)
} catch (error) {
  process.exit(tell(error))
}

/** The file lies one folder higher when built. */
function versionOf(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))).version
    } catch {
      // Not here.
    }
  }
  return 'unknown'
}

/** Says what went wrong and returns the exit code. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  process.stderr.write(`runledger: ${error instanceof Error ? messageOf(error) : String(error)}\n`)
  if (error instanceof ExitError) return error.code
  return error instanceof SettingsError ? exitCodes.usage : exitCodes.unexpected
}

function messageOf(error: Error): string {
  const known = ['SettingsError', 'OwnedError', 'PlatformError', 'ExitError'].includes(error.name)
  return known || error.stack === undefined ? error.message : error.stack
}
