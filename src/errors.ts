/** The same input will fail again: the sender must not retry. `status` is the HTTP answer. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
  readonly status: number
  constructor(status: 400 | 401 | 403 | 404 | 405 | 413 | 415, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

/** Not the data's fault, or not provably so: the sender must keep the data and retry. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly status: 429 | 503
  constructor(message: string, options?: ErrorOptions & { status?: 429 | 503 }) {
    super(message, options)
    this.status = options?.status ?? 503
  }
}
