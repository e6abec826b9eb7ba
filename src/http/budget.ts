/** A part of a budget, given back as a whole. */
export type Lease = {
  /** False where the budget has no room for so many bytes more; a lease that is alone has room always. */
  readonly reserve: (bytes: number) => boolean
  /** Safe to call twice. */
  readonly end: () => void
}

export type Budget = { readonly lease: () => Lease }

/** Bytes that may be held at once by all leases together. */
export const createBudget = (limit: number): Budget => {
  let used = 0
  return {
    lease: () => {
      let held = 0
      return {
        reserve: bytes => {
          if (used > held && used + bytes > limit) return false
          used += bytes
          held += bytes
          return true
        },
        end: () => {
          used -= held
          held = 0
        },
      }
    },
  }
}
