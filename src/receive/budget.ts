import { UnavailableError } from '../errors.ts'

/** A part of a budget, given back as a whole. */
export type Lease = {
  /** False where the budget has no room for so many bytes more; a lease that is alone has room always. */
  readonly reserve: (bytes: number) => boolean
  /** Safe to call twice. */
  readonly end: () => void
}

export type Budget = {
  readonly lease: () => Lease
  /** Bytes held now. */
  readonly used: () => number
}

/** Bytes that may be held at once by all leases together. */
export const createBudget = (limit: number): Budget => {
  let used = 0
  return {
    used: () => used,
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

/** Reserves or throws UnavailableError. */
export const reserve = (lease: Lease, bytes: number): void => {
  if (!lease.reserve(bytes)) throw overloaded()
}

/** What a sender is told while others fill the budget. */
export const overloaded = (): UnavailableError =>
  new UnavailableError('Too many bytes are being received at once (RUNLEDGER_MAX_IN_FLIGHT_BYTES); nothing was stored, retry')
