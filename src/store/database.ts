import knex, { type Knex } from 'knex'

export type DatabaseOptions = {
  /** Connection string as `pg` takes it. */
  readonly url: string
  /** Schema of our tables; absent: the connection's own. Created when it is missing. */
  readonly schema?: string
  readonly pool: number
  readonly statementTimeoutMs: number
  readonly applicationName: string
}

/** How long a query may wait for a free connection: below the 30 s after which a Collector gives a request up. */
const acquireTimeoutMs = 5_000
const lockTimeoutMs = 5_000
const connectTimeoutMs = 5_000
/** On top of the statement timeout: past it the server does not answer and the connection is half-open. */
const readGraceMs = 5_000

const session = (options: DatabaseOptions): string =>
  [
    'set synchronous_commit = on',
    `set statement_timeout = ${options.statementTimeoutMs}`,
    `set lock_timeout = ${lockTimeoutMs}`,
    `set idle_in_transaction_session_timeout = ${options.statementTimeoutMs}`,
    "set timezone = 'UTC'",
    ...(options.schema === undefined
      ? []
      : [`create schema if not exists ${quoted(options.schema)}`, `set search_path = ${quoted(options.schema)}`]),
  ].join('; ')

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

type Connection = Queryable & { readonly connection: { readonly stream: { destroy: () => void } } }

/**
 * A pool of connections on which every COMMIT is durable. A query that the server does not answer fails and takes its
 * connection with it: knex would hand the dead one out for ever (knex#6160).
 */
export const createDatabase = (options: DatabaseOptions): Knex =>
  knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: options.applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: options.statementTimeoutMs + readGraceMs,
      keepAlive: true,
    },
    acquireConnectionTimeout: acquireTimeoutMs,
    pool: {
      min: 0,
      max: options.pool,
      afterCreate: (connection: Connection, done: (error: Error | null, connection: Connection) => void) => {
        destroyOnReadTimeout(connection)
        connection.query(session(options), (error: Error | null) => done(error, connection))
      },
    },
  })

/** Connections of a pool now, and those who wait for one. */
export const poolFigures = (db: Knex): { readonly used: number; readonly free: number; readonly pending: number } => {
  const { pool } = db.client
  return { used: pool.numUsed(), free: pool.numFree(), pending: pool.numPendingAcquires() }
}

type Done = (error: Error | null, ...rest: readonly unknown[]) => void
type Queryable = { query: (...args: readonly unknown[]) => unknown }

const destroyOnReadTimeout = (connection: Connection): void => {
  const query = connection.query.bind(connection)
  const watched =
    (done: Done): Done =>
    (error, ...rest) => {
      if (error?.message === 'Query read timeout') connection.connection.stream.destroy()
      done(error, ...rest)
    }
  connection.query = (...args: readonly unknown[]) => {
    const last = args.at(-1)
    return isDone(last) ? query(...args.slice(0, -1), watched(last)) : query(...args)
  }
}

const isDone = (value: unknown): value is Done => typeof value === 'function'
