export type JournalSpanExporterOptions = {
  /** Connection string of Postgres. Absent: DATABASE_URL. */
  readonly databaseUrl?: string
  /** Schema of our tables. Absent: RUNLEDGER_DB_SCHEMA, else the connection's own. */
  readonly schema?: string
  /** Brings the schema up to date and projects runs in threads of this process: no server is needed. One beside it does no harm. */
  readonly project?: boolean
  /** How long one export tries before it reports failure, in ms. Less than the export timeout of the BatchSpanProcessor. */
  readonly timeoutMs?: number
}
