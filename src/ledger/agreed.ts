/** What is said of a key, where all that is said of it agrees. */
export type Agreed = {
  readonly say: (key: string | undefined, value: string | undefined) => void
  /** Undefined where nothing was said, or two things. */
  readonly of: (key: string | undefined) => string | undefined
  readonly entries: () => readonly (readonly [string, string])[]
}

export const createAgreed = (): Agreed => {
  const values = new Map<string, string | null>()
  return {
    say: (key, value) => {
      if (key === undefined || value === undefined) return
      const known = values.get(key)
      values.set(key, known === undefined || known === value ? value : null)
    },
    of: key => (key === undefined ? undefined : (values.get(key) ?? undefined)),
    entries: () => [...values].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])),
  }
}
