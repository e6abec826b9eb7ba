#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { z } from 'zod'
import { dev } from './cli/dev.ts'
import { serveMcp } from './cli/mcp.ts'
import { migrateDatabase, serve } from './cli/serve.ts'
import { SettingsError } from './config.ts'

const usage = 3
const unexpected = 1

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const program = new Command('runledger').description('The system of record for what AI agents did.').version(versionOf()).exitOverride()

program
  .command('dev')
  .description('run everything on this machine, with a Postgres of its own unless DATABASE_URL is set')
  .option('--no-demo', 'do not let the demo agent report a run')
  .action((options: { demo: boolean }) => dev(options, print))
program.command('serve').description('run the server on the database of DATABASE_URL').action(serve)
program
  .command('migrate')
  .description('bring the schema of DATABASE_URL up to date')
  .action(() => migrateDatabase(print))
program
  .command('mcp')
  .description('serve the MCP tools on stdin and stdout, for coding agents')
  .option('--url <url>', 'the server to read from')
  .action((options: { url?: string }) => serveMcp(options, versionOf()))

try {
  await program.parseAsync()
  process.exit(0)
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
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage
  process.stderr.write(`runledger: ${error instanceof Error ? messageOf(error) : String(error)}\n`)
  return error instanceof SettingsError ? usage : unexpected
}

function messageOf(error: Error): string {
  const known = ['SettingsError', 'OwnedError', 'PlatformError'].includes(error.name)
  return known || error.stack === undefined ? error.message : error.stack
}
