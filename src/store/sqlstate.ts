/** The SQLSTATE of a Postgres error; absent on lost connections, which carry none. */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined

const dataStates: ReadonlySet<string> = new Set(['22021', '22P05', '22P02', '22003', '22007', '22008', '22009', '22001', '23514', '54001'])

/**
 * Whether Postgres refused the data itself: the same row will fail again. Classified by code, never by class prefix
 * (08P01 is a bind overflow, 54000 may be a full NOTIFY queue).
 */
export const refusesData = (error: unknown): boolean => {
  const state = sqlState(error)
  if (state === '54000') return error instanceof Error && !error.message.includes('NOTIFY')
  return state !== undefined && dataStates.has(state)
}

const conflictStates: ReadonlySet<string> = new Set(['40001', '40P01', '55P03'])

/** Whether the same transaction may simply be tried again: serialization failure, deadlock, lock timeout. */
export const isConflict = (error: unknown): boolean => {
  const state = sqlState(error)
  return state !== undefined && conflictStates.has(state)
}
