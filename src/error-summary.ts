/** What a log may say of an error: its kind, code and message; of a database error never the statement or its values. */
export const errorSummary = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code} ` : ''
  // Knex writes `statement - message`.
  const message = code === '' ? error.message : error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, '')
  return `${error.name}: ${code}${message}`.slice(0, 500)
}
