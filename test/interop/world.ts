import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { endProcess, type ServerProcess, startServerProcess } from '../faults/processes.ts'
import { createTestDatabase } from '../support/database.ts'
import { type Collector, startCollector } from './collector.ts'
import { type Jaeger, startJaeger } from './jaeger.ts'
import { freePorts } from './program.ts'

/** A Collector in front, a Jaeger beside, and a runledger that can be ended and started where it was. */
export type World = {
  readonly db: Knex
  readonly runledger: string
  readonly jaeger: Jaeger
  readonly collector: Collector
  readonly startRunledger: () => Promise<void>
  readonly endRunledger: (signal: NodeJS.Signals) => Promise<void>
  readonly killCollector: () => Promise<void>
  readonly startCollector: () => Promise<void>
  readonly end: () => Promise<void>
}

type Options = {
  readonly settings?: Readonly<Record<string, string>>
  readonly collector?: Readonly<Record<string, string>>
  /** Where the Collector sends in the place of runledger. */
  readonly receiver?: string
}

/** Starts everything, runledger with `settings` and the Collector with the environment of `collector`. */
export const startWorld = async ({ settings = {}, collector: env = {}, receiver }: Options = {}): Promise<World> => {
  const queue = mkdtempSync(join(tmpdir(), 'runledger-queue-'))
  const database = await createTestDatabase()
  const [port = 0] = await freePorts(1)
  const runledger = `http://127.0.0.1:${port}`
  const jaeger = await startJaeger()
  const startServer = (): Promise<ServerProcess> =>
    startServerProcess(database.url, { PORT: String(port), RUNLEDGER_JAEGER_URL: jaeger.url, ...settings })
  let server = await startServer()
  let collector = await startCollector({ runledger: receiver ?? runledger, jaeger: jaeger.otlp, queue, env })
  return {
    db: database.db,
    runledger,
    jaeger,
    get collector() {
      return collector
    },
    startRunledger: async () => {
      server = await startServer()
    },
    endRunledger: signal => endProcess(server.child, signal),
    killCollector: () => collector.end('SIGKILL'),
    startCollector: async () => {
      collector = await collector.again()
    },
    end: async () => {
      await collector.end()
      await endProcess(server.child, 'SIGTERM')
      await jaeger.end()
      await database.drop()
      rmSync(queue, { recursive: true, force: true })
    },
  }
}
