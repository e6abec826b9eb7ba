import { pino } from 'pino'

type Write = (fields: object, message: string) => void

/** `error`: a person must act. `warn`: we recovered. `info`: start, stop, migrate. */
export type Log = { readonly debug: Write; readonly info: Write; readonly warn: Write; readonly error: Write }

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** JSON lines on standard error, so that standard output stays the program's own. */
export const createLog = (level: LogLevel): Log => {
  const logger = pino(
    {
      level,
      base: null,
      serializers: { error: pino.stdSerializers.err },
      redact: ['*.password', '*.authorization', 'url', 'databaseUrl'],
    },
    pino.destination({ dest: 2, sync: true }),
  )
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  }
}
