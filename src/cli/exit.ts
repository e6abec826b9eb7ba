/** How a command ends; fixed, scripts rely on it. */
export const exitCodes = { ok: 0, unexpected: 1, cancelled: 2, usage: 3, auth: 4, unreachable: 5, nothing: 6, errors: 7 } as const

/** Ends the command with a message and a code of its own. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly code: (typeof exitCodes)[keyof typeof exitCodes]
  constructor(code: keyof typeof exitCodes, message: string) {
    super(message)
    this.code = exitCodes[code]
  }
}
