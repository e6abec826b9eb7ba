/** Resolves at the first SIGINT or SIGTERM (or when the terminal is closed); a second one ends the process at once with 1. */
export const untilStopped = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve(signal)
        process.on(signal, () => process.exit(1))
      })
    }
  })
