/** `work`, with one call under way for all who ask for the same at the same time. Errors go to all of them. */
export const createShared = <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) => {
  const running = new Map<string, Promise<R>>()
  return (...args) => {
    const key = JSON.stringify(args)
    const other = running.get(key)
    if (other !== undefined) return other
    const mine = work(...args).finally(() => running.delete(key))
    running.set(key, mine)
    return mine
  }
}
