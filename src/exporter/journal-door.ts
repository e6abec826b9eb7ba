import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import { readSettings, type Settings, SettingsError } from '../config.ts'
import { createLog } from '../log.ts'
import { checkRequest } from '../otlp/index.ts'
import { createDatabase } from '../store/database.ts'
import { createAppend } from '../store/inbox.ts'
import { migrate } from '../store/migrate.ts'
import { stageFigures } from '../store/stage-figures.ts'
import type { Workers } from '../workers.ts'
import type { JournalSpanExporterOptions } from './options.ts'

/** The inbox of a runledger, and the stages behind it where they are to run here. */
export type JournalDoor = {
  /** Resolves after COMMIT. Throws PermanentError where the request can't be stored at all. */
  readonly append: (payload: Uint8Array) => Promise<void>
  readonly close: () => Promise<void>
}

const pool = 2
const drainMs = 10_000
const drainPollMs = 50

type Config = Settings & { readonly databaseUrl: string }

export const createJournalDoor = (options: JournalSpanExporterOptions): JournalDoor => {
  const config = configFrom(options)
  const { databaseUrl: url, dbSchema, statementTimeoutMs } = config
  const db = createDatabase({
    url,
    pool,
    statementTimeoutMs,
    applicationName: 'runledger exporter',
    ...(dbSchema === undefined ? {} : { schema: dbSchema }),
  })
  const inbox = createAppend({ db, maxBytes: config.inboxMaxBytes, maxAgeMs: config.inboxMaxAgeMs })
  const stages = options.project ? createStages(db, config) : undefined
  return {
    append: async payload => {
      const { items, refused } = checkRequest('traces', 'protobuf', payload, config)
      await stages?.start()
      if (items > 0) await inbox.append({ signal: 'traces', contentType: 'protobuf', contentEncoding: 'identity', items, refused, payload })
      stages?.wake()
    },
    close: async () => {
      await stages?.stop()
      inbox.stop()
      await db.destroy()
    },
  }
}

const configFrom = ({ databaseUrl, schema }: JournalSpanExporterOptions): Config => {
  const settings = readSettings(process.env)
  const url = databaseUrl ?? settings.databaseUrl
  if (url === undefined) throw new SettingsError('JournalSpanExporter: give it `databaseUrl`, or set DATABASE_URL')
  return { ...settings, databaseUrl: url, logLevel: 'warn', ...(schema === undefined ? {} : { dbSchema: schema }) }
}

const createStages = (db: Knex, config: Config) => {
  let starting: Promise<Workers> | undefined
  const begin = async (): Promise<Workers> => {
    await migrate(db)
    const { startWorkers } = await import('../workers.ts')
    return startWorkers({ config, log: createLog(config.logLevel), onCommitted: () => {} })
  }
  return {
    start: async (): Promise<void> => {
      starting ??= begin()
      await starting.catch((error: unknown) => {
        starting = undefined
        throw error
      })
    },
    wake: (): void => void starting?.then(workers => workers.wake()),
    stop: async (): Promise<void> => {
      const workers = await starting?.catch(() => undefined)
      if (workers === undefined) return
      await drained(db).catch(() => undefined)
      await workers.stop()
    },
  }
}

// What is left is projected by the next process that looks, so this may give up.
const drained = async (db: Knex): Promise<void> => {
  const until = Date.now() + drainMs
  while (Date.now() < until) {
    const { inboxRequests, dirtyGroups } = await stageFigures(db)
    if (inboxRequests + dirtyGroups === 0) return
    await sleep(drainPollMs)
  }
}
