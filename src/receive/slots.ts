import { UnavailableError } from '../errors.ts'

export type Slots = {
  /** Calls `go` once there is room, at once where there is; `refuse` where too many wait, or it took too long. Returns what gives the place back, or leaves the queue; safe to call twice. */
  readonly enter: (go: () => void, refuse: (error: UnavailableError) => void) => () => void
}

type Limits = { readonly inside: number; readonly waiting: number; readonly waitMs: number }
type Waiting = { readonly go: () => void; readonly timer: NodeJS.Timeout }

/** Room for `inside` at once; `waiting` more stand in a queue, first come first served, each for `waitMs` at most. */
export const createSlots = ({ inside, waiting: maxWaiting, waitMs }: Limits): Slots => {
  const queue = new Set<Waiting>()
  let taken = 0
  const leave = (): void => {
    taken -= 1
    const [next] = queue
    if (next === undefined) return
    queue.delete(next)
    clearTimeout(next.timer)
    next.go()
  }
  const take = (go: () => void): (() => void) => {
    let isIn = true
    taken += 1
    go()
    return () => {
      if (isIn) leave()
      isIn = false
    }
  }
  return {
    enter: (go, refuse) => {
      if (taken < inside) return take(go)
      if (queue.size >= maxWaiting) {
        refuse(full())
        return () => undefined
      }
      let release = (): void => undefined
      const waiting: Waiting = {
        go: () => {
          release = take(go)
        },
        timer: setTimeout(() => {
          queue.delete(waiting)
          refuse(full())
        }, waitMs),
      }
      waiting.timer.unref()
      queue.add(waiting)
      return () => {
        clearTimeout(waiting.timer)
        queue.delete(waiting)
        release()
      }
    },
  }
}

const full = (): UnavailableError => new UnavailableError('Too many requests are being received at once; nothing was stored, retry')
